"""The README as a package index can show it: an index has neither the repository's pictures nor its pages.

Hatchling calls this when it builds (`[tool.hatch.metadata.hooks.custom]` in pyproject.toml).
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# A picture by itself, and the caption in italics below it; a link to a file of the repository.
PICTURE = re.compile(r"^<img [^>]*>\n\n(?:\*[^*]+\*\n\n)?", re.MULTILINE)
RELATIVE = re.compile(r"\[([^\]\n]+)\]\((?!\w+:)[^)\s]+\)")


def on_an_index(readme: str) -> str:
    """Return a README without its pictures, and of links into the repository their words."""
    return RELATIVE.sub(r"\1", PICTURE.sub("", readme))


class IndexPage(MetadataHookInterface):
    """Gives a package its description."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `readme`, which pyproject.toml calls dynamic."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": on_an_index(text)}
