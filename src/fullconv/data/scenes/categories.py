"""A dataset's categories and a classifier's classes, matched by name."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from fullconv.errors import InputError

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PLAIN = re.compile(
    r"\d+|(?!(?:null|true|false|nan|inf)$)[A-Za-z_][\w -]*", re.ASCII | re.IGNORECASE
)  # needs no quotes
_UNKNOWN = "?"
_MOST = 20  # names told in one message


def category_of_class(
    coco: dict[str, Any], classes: Sequence[str], names: Mapping[str, str] | None = None
) -> dict[int, int]:
    """Map class indices to category ids by name, `coco` as `read_coco` returns it.

    `names` (category: class) says what a category of another name is. Classes that the dataset lacks are left out;
    so are categories without a class, if no annotation is of them.

    Raises:
        InputError: an annotated category has no class, or no category at all has one (the message shows the mapping
            to give), two categories are one class, or `names` names what is not there.
    """
    names = {str(category): str(name) for category, name in (names or {}).items()}
    categories = {category["id"]: category["name"] for category in coco["categories"]}
    _check_names(names, list(categories.values()), classes)
    annotated = {annotation["category_id"] for annotation in coco["annotations"]}
    found: dict[int, int] = {}
    # Annotated ones first, so that a stray category without annotations never takes a class from one that has some.
    for category in sorted(categories, key=lambda one: one not in annotated):
        name = categories[category]
        wanted = names.get(name, name)
        if wanted not in classes:
            continue
        index = classes.index(wanted)
        if index not in found:
            found[index] = category
        elif category in annotated:
            raise InputError(
                "categories",
                f"{categories[found[index]]!r} and {name!r} are both the class {wanted!r}",
                "Map one of them to another class with dataset.names, or mend the annotations.",
            )
    used = [category for category in categories if category in annotated] or list(categories)
    if not found or not annotated <= set(found.values()):
        raise _stranger(
            {categories[category]: names.get(categories[category]) for category in used}, categories, classes
        )
    return found


def _check_names(names: Mapping[str, str], categories: Sequence[str], classes: Sequence[str]) -> None:
    for category, name in names.items():
        if category not in categories:
            raise InputError("dataset.names", f"no category {category!r}", f"The dataset has {_listed(categories)}.")
        if name not in classes:
            received = f"{category!r} is to be {name!r}, which is no class"
            raise InputError("dataset.names", received, f"The classifier has {_listed(classes)}.")
    if len(set(classes)) != len(classes):
        raise InputError("classes", f"a name stands twice in {_listed(classes)}", "Name each class once.")


def _stranger(used: Mapping[str, str | None], categories: Mapping[int, str], classes: Sequence[str]) -> InputError:
    """The error that shows a mapping of the used categories: as given, or as guessed."""
    mapping = {name: given or (name if name in classes else _guess(name, classes)) for name, given in used.items()}
    return InputError(
        "categories",
        f"no class for {_listed([name for name, given in used.items() if not given and name not in classes])}: "
        f"the dataset has {_listed(list(categories.values()))}; the classifier has {_listed(classes)}",
        f"Say which is which (category: class), and check whether numbers count from 0: {_override(mapping)}",
    )


def _guess(name: str, classes: Sequence[str]) -> str:
    """Return the one class whose name is a part of the category's, numbers in words or digits; else a question mark."""
    parts = {part.lstrip("0") or "0" if part.isdigit() else part for part in re.split(r"[\W_]+", name.casefold())}
    parts |= {str(number) for number, word in enumerate(_NUMBERS) if word in parts}
    parts |= {word for number, word in enumerate(_NUMBERS) if str(number) in parts}
    fits = [one for one in classes if one.casefold() in parts or one.casefold() == name.casefold()]
    return fits[0] if len(fits) == 1 else _UNKNOWN


def _override(mapping: Mapping[str, str]) -> str:
    """The mapping as an argument that a shell and every program take."""
    pairs = [f"{one if _PLAIN.fullmatch(one) else _quoted(one)}: {_quoted(name)}" for one, name in mapping.items()]
    return f"dataset.names={shlex.quote('{' + ', '.join(pairs) + '}')}"


def _quoted(name: str) -> str:
    # Before a quotation mark, backslashes count twice.
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', name)
    return '"' + re.sub(r"(\\+)$", r"\1\1", escaped) + '"'


def _listed(names: Sequence[str]) -> str:
    more = f" … ({len(names)} in all)" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
