"""What the stage `inspect` wrote, logged to a classifier's MLflow run."""

from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.files import read_json

if TYPE_CHECKING:
    from fullconv.track.store.opening import Store


def log_inspection(store: "Store", run_id: str, report: Path, model: str) -> None:
    """Log the agreement as a metric of the run and its logged `model`, pictures and files as artifacts.

    Nothing where the stage did not run.
    """
    if not (report / "inspect.json").is_file():
        return
    found = read_json(report / "inspect.json")
    for key in ("agreement", "pixels"):
        store.client.log_metric(run_id, f"inspect/{key}", found[key], model_id=model)
    for path in sorted((report / "inspection").glob("*.png")):
        store.client.log_artifact(run_id, str(path), "inspection")
    for name in ("inspect.json", "embeddings.csv"):
        store.client.log_artifact(run_id, str(report / name), "report")
