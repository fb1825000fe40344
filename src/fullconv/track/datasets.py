"""What a run learnt from and was measured on, as MLflow's dataset inputs: names, digests, shapes, and no pixels."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fullconv.config.layout import MOSAICS
from fullconv.data.arrays import Arrays, digests
from fullconv.track.identity import digest_of_files

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput, Run


def array_inputs(arrays: Arrays, name: str, source: Mapping[str, str]) -> "list[DatasetInput]":
    """Return the training and the test images of the data set `name`; `source` says in words where they are from."""
    import mlflow.data
    from mlflow.data.code_dataset_source import CodeDatasetSource

    checksums = digests(arrays)
    return [
        _input(
            mlflow.data.from_numpy(
                getattr(arrays, f"{part}_images"),
                targets=getattr(arrays, f"{part}_labels"),
                name=f"{name} {part}",
                digest=checksums[f"{part}_images"][:16],
                source=CodeDatasetSource(dict(source)),
            ),
            context,
        )
        for part, context in (("train", "training"), ("test", "validation"))
    ]


def mosaic_inputs(names: Iterable[str]) -> "list[DatasetInput]":
    """Return the sets of mosaics of these names, as the stage `mosaics` wrote them."""
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    made = []
    for name in names:
        folder = MOSAICS / name
        source = CodeDatasetSource({"dvc": str(folder)})
        made.append(
            _input(MetaDataset(source, name=f"mosaics {name}", digest=digest_of_files([folder])), "localization")
        )
    return made


def measured_on(run: "Run", section: str) -> tuple[str | None, str | None]:
    """Return name and digest of the input that a section of a run's metrics was measured on; None where it is none."""
    for one in run.inputs.dataset_inputs:
        name = f"mosaics {section}"
        validates = section == "final" and "validation" in {tag.value for tag in one.tags}
        if one.dataset.name == name or validates:
            return one.dataset.name, one.dataset.digest
    return None, None


def _input(dataset: Any, context: str) -> "DatasetInput":
    from mlflow.entities import Dataset, DatasetInput, InputTag
    from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

    return DatasetInput(Dataset.from_dictionary(dataset.to_dict()), [InputTag(MLFLOW_DATASET_CONTEXT, context)])
