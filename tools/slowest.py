"""Which tests take longest: runs the suite and writes the twenty slowest into CONTRIBUTING.md.

    python -m tools.slowest [FILE]

FILE is what a run of `pytest --durations=60` printed, where there is one already.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "CONTRIBUTING.md"
SUITE = ["pytest", "-n", "2", "--dist", "loadgroup", "--durations=60"]
SHOWN = 20
_LINE = re.compile(r"^\s*([\d.]+)s (call|setup|teardown)\s+tests/(\S.*?)(?:@\S+)?$", re.MULTILINE)


def table(printed: str) -> str:
    """Return the slowest parts of tests as a table: seconds, whether the test itself or its fixtures, and which."""
    rows = sorted(((float(seconds), part, name) for seconds, part, name in _LINE.findall(printed)), reverse=True)
    lines = ["| seconds | of | test |", "| --- | --- | --- |"]
    lines += [f"| {seconds:.1f} | {part} | `{name}` |" for seconds, part, name in rows[:SHOWN]]
    return "\n".join(lines)


def filled(page: str, printed: str) -> str:
    """Return the page with its table of slowest tests."""
    return re.sub(
        r"(<!-- slowest -->\n).*?(<!-- end -->)", lambda found: found[1] + table(printed) + "\n" + found[2], page, flags=re.DOTALL
    )


def main() -> None:
    """Run the suite, or read what a run printed, and write the page."""
    if len(sys.argv) > 1:
        printed = Path(sys.argv[1]).read_text()
    else:
        printed = subprocess.run(SUITE, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    PAGE.write_text(filled(PAGE.read_text(), printed))


if __name__ == "__main__":
    main()
