"""Compose conf/ into params.yaml, as `dvc exp run` does; overrides are taken as by any stage.

python pipelines/params.py [KEY=VALUE …]
"""

import sys
from pathlib import Path

from fullconv.config.composition import composed
from fullconv.errors import InputError
from fullconv.files import whole_file


def main() -> None:
    """Write params.yaml beside conf/."""
    root = Path(__file__).resolve().parent.parent
    try:
        text = composed(root / "conf", sys.argv[1:])
        with whole_file(root / "params.yaml") as temporary:
            temporary.write_text(text)
    except InputError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
