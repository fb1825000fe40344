"""Tables of a page, and the marked parts that they are written into."""

import re
from typing import Any


def markdown(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table for a page."""
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine_line(results: dict[str, Any]) -> str:
    """Return the machine in one line."""
    facts = results["machine"]
    return (
        f"{facts['cores']} cores of an {facts['processor']}, "
        f"Python {facts['python']}, TensorFlow {facts['tensorflow']}, Keras {facts['keras']}"
    )


def written(page: str, parts: dict[str, str]) -> str:
    """Return a page with its marked parts, `<!-- name -->…<!-- end -->`, filled in."""
    for name, text in parts.items():
        marked = re.compile(rf"(<!-- {name} -->).*?(<!-- end -->)", re.DOTALL)
        page = marked.sub(lambda found, text=text: found[1] + text + found[2], page)
    return page
