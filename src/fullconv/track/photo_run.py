"""The stage `photos` as one MLflow run; the same outputs are never published twice."""

import logging
from collections.abc import Mapping
from typing import Any

from fullconv.config.layout import PHOTO_METRICS, PHOTOS, report_file
from fullconv.config.schema import ExperimentConfig
from fullconv.evaluate.annotations import UNDEFINED
from fullconv.files import read_json
from fullconv.report.flat import flat
from fullconv.track.dashboard import NOTE as DESCRIPTION
from fullconv.track.identity import OUTPUTS, PARAMETERS, digest, photo_parameters
from fullconv.track.provenance.code import provenance
from fullconv.track.publish import BEGUN, remove_doubles, run_to_complete
from fullconv.track.registry.models import answering
from fullconv.track.store.opening import Store, now_ms
from fullconv.track.store.process import PROCESS, this_process

log = logging.getLogger(__name__)

NOTE = """A network trained on ImageNet, never on boxes, searching photos for one synset each.

| metric | meaning |
| --- | --- |
| `photos.pointing` | share of photos whose highest heat lies in an object's box |
| `photos.max_box_acc_v2`, `photos.px_ap` | of the extent map, photos with one object (Choe et al. 2020) |
| `photos.mask_px_ap`, `photos.mask_iou` | the same against masks alone; extent of 0.5 or more against the mask, IoU |
| `photos.AP50`, `photos.AP` | of the boxes, COCO protocol |
| `collages.<n>x<n>.pointing` | collages, synsets that the classifier knows: share with the highest heat in the cell |
| `collages.<n>x<n>.share` | share of the synset's heat in its cell (GridPG), the mean over trials |

Heads, single sizes and fusions side by side: *Artifacts → ways.json*. Definitions: docs/metrics.md."""


def publish_photos(store: Store, settings: ExperimentConfig, outputs: str) -> str:
    """Return the id of the run that shows these parameters and outputs; make it if it is not there.

    Raises:
        InputError: the stage's outputs are missing, or the store went away; a later call completes the run.
    """
    parameters = photo_parameters(settings)
    key = digest(parameters)
    with answering(store), store.locked("publish"):
        if store.runs({PARAMETERS: key, OUTPUTS: outputs, "mlflow.runName": PHOTOS}):
            log.info("%s: on the dashboard already", PHOTOS)
        else:
            _publish(store, parameters, outputs)
            log.info("%s: published", PHOTOS)
        return remove_doubles(store, PHOTOS, key, outputs)


def described(found: Mapping[str, float]) -> str:
    """Return the run's description, which begins with its result."""
    told = [f"{key} {found[f'photos.{key}']:.3f}" for key in ("pointing", "AP50", "AP") if f"photos.{key}" in found]
    return f"**{', '.join(told)} on photos**.\n\n{NOTE}" if told else NOTE


def _publish(store: Store, parameters: dict[str, Any], outputs: str) -> None:
    from mlflow.entities import Metric

    key = digest(parameters)
    report = report_file(PHOTOS, "")
    metrics = read_json(PHOTO_METRICS)
    run_to_complete(store, PHOTOS, key)
    found = flat({part: metrics[part] for part in ("photos", "collages")})
    found = {key: value for key, value in found.items() if value != UNDEFINED}
    tags = {PARAMETERS: key, BEGUN: "true", "stage": "published", DESCRIPTION: described(found), **provenance()}
    # With its tags from the beginning: a run without them would be nobody's, if this process were killed.
    run_id = store.begin(PHOTOS, {PROCESS: this_process(), **tags}, parameters)
    with store.at_work(run_id):
        now = now_ms()
        store.client.log_batch(run_id, [Metric(key, float(value), now, 0) for key, value in found.items()])
        _log_ways(store, run_id, metrics["ways"])
        for path in sorted((report / "pictures").glob("*/*.png")):
            store.client.log_artifact(run_id, str(path), path.parent.name)
        for name in ("photos.json", "detections.json", "ways.csv"):
            store.client.log_artifact(run_id, str(report / name), "report")
    # Last of all, when the run says that it is finished.
    store.client.set_tag(run_id, OUTPUTS, outputs)


def _log_ways(store: Store, run_id: str, ways: dict[str, Any]) -> None:
    import pandas as pd

    rows = [{"way": name, **flat(row)} for name, row in ways.items()]
    store.client.log_table(run_id, pd.DataFrame(rows, dtype=object), "ways.json")
