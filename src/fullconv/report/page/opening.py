"""What the page opens with: the result in a sentence, and the goals of the classifier that is put forward."""

from collections.abc import Mapping, Sequence
from typing import Any

from fullconv.proof.table import certificate_line
from fullconv.report.metrics import SET
from fullconv.report.page.content import Row, interval, shown
from fullconv.report.page.measures import measure_of

_FIRST = ("AP50", "AP", "pointing")


def first_set(about: Mapping[str, Any]) -> str:
    """Return the set whose figures open the page: the test mosaics, or the first there is."""
    return SET if SET in about else next(iter(about))


def result(rows: Sequence[Row], scenes: str, met: Sequence[Mapping[str, Any]]) -> str:
    """Return the result in words: of ranked classifiers the best, on a set of scenes, and how many goals it meets."""
    best, *others = rows
    said = [
        f"{measure_of(key).label} {shown(best.metrics[scenes][key], measure_of(key))}"
        for key in _FIRST
        if best.metrics[scenes].get(key, -1) >= 0
    ]
    chosen = f"Of {len(rows)} classifiers, {best.name} is the best by the validation mosaics" if others else best.name
    ap50 = measure_of("AP50")
    after = f" (the next, {others[0].name}: AP50 {shown(others[0].metrics[scenes]['AP50'], ap50)})" if others else ""
    reached = f" {sum(one['met'] for one in met)} of {len(met)} goals are met." if met else ""
    return (
        f"{chosen}: on the {scenes} mosaics {', '.join(said) or 'nothing was measured'}{after}. "
        f"Its conversion is {certificate_line(best.certificate)}.{reached}"
    )


def goals(row: Row, wanted: Mapping[str, Mapping[str, float]], about: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a line for each goal `{set: {metric: at least}}` on a set that is there, as one classifier meets it."""
    return [
        {
            "set": scenes,
            "about": about[scenes],
            "metric": measure_of(key),
            "least": f"{least:g}",
            "met": row.metrics[scenes].get(key, -1) >= least,
            "value": shown(row.metrics[scenes].get(key), measure_of(key)),
            "interval": interval(row, scenes, measure_of(key)),
        }
        for scenes, measures in wanted.items()
        if scenes in about
        for key, least in measures.items()
    ]
