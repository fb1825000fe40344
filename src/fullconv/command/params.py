"""Compose conf/ into params.yaml, as `dvc exp run` does; knobs are taken as by any stage.

fullconv params
fullconv params experiment=smoke train.epochs=2
"""

import sys

from fullconv.config.composition import composed
from fullconv.config.help import FLAGS, help_of
from fullconv.config.layout import used_conf
from fullconv.config.program import report
from fullconv.errors import InputError
from fullconv.files import whole_file


def main() -> None:
    """Write params.yaml beside conf/."""
    conf = used_conf()
    if set(FLAGS) & set(sys.argv[1:]):
        print(help_of(__doc__ or "", conf))
        return
    try:
        if not (conf.parent / "dvc.yaml").is_file():
            raise InputError(str(conf), "no pipeline lies beside it", "Run this in a checkout of the project.")
        text = composed(conf, sys.argv[1:])
        with whole_file(conf.parent / "params.yaml") as temporary:
            temporary.write_text(text)
    except InputError as error:
        report(error)
        raise SystemExit(1) from None
