"""Make the picture beside this file: blood cells of a test picture, as `fullconv locate` draws what a finder finds.

    python docs/figures/own.py FINDER OUT.png

FINDER is a folder that learnt from crops of BCCD's training pictures, with these pictures as scenes. To make one, a
quarter of an hour on two cores:

    python -c "from pathlib import Path; from benchmarks.own.cells import write_cells; write_cells(Path('cells'))"
    fullconv train data=folder data.path=cells/crops data.scenes=cells/scenes_train out=FINDER
"""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from fullconv.command.pictures import locate_pictures
from fullconv.config.load import compose_settings

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "benchmarks" / "data" / "bccd" / "images" / "BloodImage_00220.jpg"


def main() -> None:
    """Search a test picture of BCCD and keep what is drawn of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("finder", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    settings = compose_settings(f"classifier={given.finder}")
    with TemporaryDirectory() as folder:
        locate_pictures(settings, [PICTURE], Path(folder))
        shutil.copyfile(Path(folder) / "overlay.png", given.out)


if __name__ == "__main__":
    main()
