"""Write the slowest tests into CONTRIBUTING.md, from what pytest --durations says: make slowest."""

import re
import sys
from collections import defaultdict
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"
COUNT = 20
HEAD = ("| seconds | of these its fixtures | test |", "| --- | --- | --- |")
_LINE = re.compile(r"^([\d.]+)s (setup|call|teardown) +tests/(.+?)(?:@\w+)?$", re.MULTILINE)
_TABLE = re.compile(r"(?<=<!-- slowest -->\n).*(?=<!-- end -->)", re.DOTALL)


def rows(report: str) -> list[str]:
    """Return the rows of the table, the slowest test first; a fixture that others share counts where it was made."""
    took: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for seconds, phase, test in _LINE.findall(report):
        took[test][phase] += float(seconds)
    slowest = sorted(took, key=lambda test: (-sum(took[test].values()), test))[:COUNT]
    return [f"| {sum(took[test].values()):.1f} | {took[test]['setup']:.1f} | `{test}` |" for test in slowest]


def filled(page: str, report: str) -> str:
    """Return the page with another table."""
    table = "\n".join((*HEAD, *rows(report)))
    return _TABLE.sub(lambda _: f"{table}\n", page)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), sys.stdin.read()), encoding="utf-8")
