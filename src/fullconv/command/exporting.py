"""A conversion in a person's own folder: in the formats asked for, with its certificate and its card."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.command.conversion_tasks import Task
from fullconv.config.choice import Choice, Kind
from fullconv.config.folders import MEANING
from fullconv.config.layout import own_folder
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.data.prepared import classes_of
from fullconv.errors import InputError

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion
    from fullconv.export.exports import Export
    from fullconv.export.meaning import Meaning
    from fullconv.locate.meaning import Named
    from fullconv.proof.certificate import Certificate

log = logging.getLogger(__name__)


def export_task(
    settings: ExperimentConfig,
    choice: Choice,
    task: Task,
    conversion: "Conversion",
    certificate: "Certificate",
    pixels: str,
) -> None:
    """Write what `format=` names, certificate.json and model-card.md; of a person's own file meaning.json too.

    Raises:
        InputError: names of classes that do not fit the outputs; or a format cannot be written, once all else is.
    """
    from fullconv.export.exports import require_all
    from fullconv.files import write_json

    assert task.out is not None
    outputs = int(conversion.model.output_shape[-1])
    named = _named(settings, task)
    meaning = _meaning(settings, choice, outputs, named, pixels)
    exports = _write(task.name, conversion, meaning, task.config.format, task.out, task.config.tolerance, certificate)
    measured = {name: asdict(one) for name, one in exports.items()}
    write_json(task.certificate, certificate.as_dict() | {"exports": measured})
    if task.source is not None:
        said = {"pixels": pixels if meaning.known else None, "classes": None if named is None else list(named.names)}
        write_json(task.conversion.with_name(MEANING), said)
    require_all(exports, task.name)


def export_registered(settings: ExperimentConfig, word: str) -> None:
    """Write a registered model, which is a conversion already, as `format=` says, and model-card.md.

    Raises:
        InputError: no `out`, no such model; or a format cannot be written, once all else is.
    """
    name = f"registry:{word}"
    if settings.out is None:
        raise InputError("out", "not given", f"Give out=DIR, a folder for what {name} is written as.")
    out = own_folder(Path(word), settings.out)
    load_tensorflow()
    from fullconv.export.exports import require_all
    from fullconv.export.meaning import of_the_pipeline
    from fullconv.track.registry.models import load_registered

    found = load_registered(settings.tracking, word)
    meaning = of_the_pipeline(found.classes, int(found.conversion.model.output_shape[-1]), name)
    config = settings.convert
    exports = _write(name, found.conversion, meaning, config.format, out, config.tolerance, None)
    require_all(exports, name)


def _named(settings: ExperimentConfig, task: Task) -> "Named | None":
    from fullconv.locate.meaning import Named
    from fullconv.track.names import names_said

    if task.names:
        return Named(task.names, str(task.source))
    return None if task.source is None else names_said(settings, task.source)


def _meaning(settings: ExperimentConfig, choice: Choice, outputs: int, named: "Named | None", pixels: str) -> "Meaning":
    from fullconv.export.meaning import of_a_file, of_a_network, of_the_pipeline

    if choice.kind is Kind.NETWORK:
        return of_a_network()
    if choice.kind in (Kind.FILE, Kind.FINDER):
        return of_a_file(named, outputs, pixels)
    return of_the_pipeline(classes_of(settings.data), outputs, choice.word)


def _write(
    name: str, conversion: "Conversion", meaning: "Meaning", formats: Sequence[str], out: Path, tolerance: float,
    certificate: "Certificate | None",
) -> dict[str, "Export"]:  # fmt: skip
    from fullconv.export.card import CARD, Facts, card, export_rows
    from fullconv.export.exports import export
    from fullconv.files import whole_file
    from fullconv.terminal.tables import print_table

    exports = export(conversion, formats, out, tolerance)
    print_table(f"Run by their own runtimes: {name}", export_rows(exports))
    rows = None if certificate is None else certificate.rows()
    with whole_file(out / CARD) as temporary:
        temporary.write_text(card(Facts(name, conversion, meaning, rows, exports)), encoding="utf-8")
    log.info("%s", out / CARD)
    return exports
