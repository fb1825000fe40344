"""The 1,000 classes of ImageNet and the synsets above them, as `tools/synsets.py` took them from WordNet 3.0."""

from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Entry:
    """One synset of the table.

    `counts` says how often WordNet's tagged texts use each word in this sense; `index` and `label` are a class's own,
    `classes` the indices of all classes at or below it.
    """

    wnid: str
    index: int | None
    label: str | None
    words: tuple[str, ...]
    counts: tuple[int, ...]
    gloss: str
    classes: tuple[int, ...]


@cache
def entries() -> dict[str, Entry]:
    """Return the table by id, in the order of ids."""
    text = resources.files("fullconv.imagenet").joinpath("synsets.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = {line.split("\t", 1)[0]: line.split("\t") for line in lines[1:]}
    parents = {wnid: tuple(row[4].split()) for wnid, row in rows.items()}
    below = classes_below(parents, {wnid: int(row[1]) for wnid, row in rows.items() if row[1]})
    found = {}
    for wnid, (_, index, label, words, _, gloss) in rows.items():
        pairs = [word.partition("=") for word in words.split("|")]
        found[wnid] = Entry(
            wnid,
            int(index) if index else None,
            label or None,
            tuple(word for word, _, _ in pairs),
            tuple(int(number or 0) for _, _, number in pairs),
            gloss,
            tuple(sorted(below[wnid])),
        )
    return found


def classes_below(parents: dict[str, tuple[str, ...]], indices: dict[str, int]) -> dict[str, set[int]]:
    """Return each synset's classes: its own and those of all below it, each once however many paths lead up."""
    below: dict[str, set[int]] = {wnid: set() for wnid in parents}
    for wnid, index in indices.items():
        waiting = [wnid]
        while waiting:
            current = waiting.pop()
            if index not in below[current]:
                below[current].add(index)
                waiting.extend(parents[current])
    return below
