"""Every link of README, CONTRIBUTING, CHANGELOG and docs/ leads somewhere, and docs/README.md lists every page."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "built" not in path.parts)
SOURCES = [*TOP, *PAGES, *sorted((ROOT / "docs" / "tutorials").glob("*.py"))]


def prose(path: Path) -> str:
    """Return a page without its code, of a tutorial its cells of text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return "\n".join(line[2:] for line in text.splitlines() if line.startswith("# "))
    return re.sub(r"`[^`\n]+`", "", re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE))


def links(path: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"", prose(path))
    return [one for pair in found for one in pair if one and "://" not in one]


@cache
def anchors(path: Path) -> set[str]:
    """Return the names that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_links_and_anchors_to_follow() -> None:
    assert sum(len(links(path)) for path in SOURCES) > 100
    assert any("#" in link for path in SOURCES for link in links(path))


@pytest.mark.parametrize("page", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_index_lists_every_page_but_single_decisions() -> None:
    listed = {(ROOT / "docs" / link).resolve() for link in links(ROOT / "docs" / "README.md")}
    decisions = ROOT / "docs" / "decisions"
    assert decisions in listed
    wanted = {path for path in PAGES if decisions not in path.parents} - {ROOT / "docs" / "README.md"}
    assert wanted <= listed, wanted - listed
