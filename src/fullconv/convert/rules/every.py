"""Every rule there is: importing this module registers them."""

from fullconv.convert.rules import (  # noqa: F401
    applications,
    cells,
    head,
    joins,
    operators,
    pools,
    refusals,
    scales,
    spatial,
)
