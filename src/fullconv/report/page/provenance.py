"""Where the page's figures come from: what a stage can say without a time, and what is added where it is published."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from fullconv.report.page.content import Row

# The page is an output of a stage: commit and date are no dependencies of that, and would change its bytes. They are
# put in here where the page is shown to others.
_BEGIN, _END = "<!-- state -->", "<!-- end of state -->"
STATE = Markup(f"{_BEGIN}Commit and date: <code>git log -1 dvc.lock</code>.{_END}")


def data_words(name: str, about: Mapping[str, Any] | None) -> str:
    """Return what the classifiers learnt from; `about` is data/arrays.json."""
    if about is None:
        return f"Data: {name}."
    shape = "×".join(str(side) for side in about["shape"])
    digests = about["sha256"]
    return (
        f"Data: {name}, {len(about['classes'])} classes, {shape} pixels; SHA-256 of the training images "
        f"{digests['train_images'][:12]}, of the test images {digests['test_images'][:12]}."
    )


def figures_digest(rows: Sequence[Row]) -> str:
    """Return a short digest of the figures, the same wherever the same results are shown."""
    content = [[row.name, row.metrics, row.certificate, row.train] for row in rows]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def published(page: str, words: str) -> str:
    """Return the page with the state that it is published from in place of how to find it; without words, as it is."""
    before, begun, rest = page.partition(_BEGIN)
    return f"{before}{escape(words)}{rest.partition(_END)[2]}" if words and begun else page
