"""A conversion as a logged model of an MLflow run."""

import re
from pathlib import Path

import numpy as np

from fullconv.config.quiet import load_tensorflow

_REFUSED = re.compile(r"""[/:.%"']""")  # in the name of a logged model


def log_conversion(path: Path, run_id: str, epochs: int) -> str:
    """Log a conversion's file to a run, with a signature that leaves height and width open; return the model's id.

    It is called after the run, as that is after its classifier, and maps images `(N, H, W, C)` to score maps
    `(N, H', W', K)`. It has no metrics yet: MLflow would give it those of the run at its step, which is the number of
    `epochs`, and curves begin at 0.

    Raises:
        InputError: the file is missing or is no conversion.
    """
    load_tensorflow()
    import keras
    import mlflow.keras
    import tensorflow as tf
    from mlflow import MlflowClient
    from mlflow.models import Model, ModelSignature
    from mlflow.types import Schema, TensorSpec

    from fullconv.convert.storage import load_conversion

    model = load_conversion(path).model
    signature = ModelSignature(
        inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, -1, -1, model.input_shape[-1]))]),
        outputs=Schema([TensorSpec(np.dtype(np.float32), (-1, -1, -1, model.output_shape[-1]))]),
    )
    requirements = [f"keras=={keras.__version__}", f"tensorflow=={tf.__version__}"]
    # mlflow.keras.log_model knows only the active run; this is what it calls.
    logged = Model.log(
        None,
        mlflow.keras,
        name=_REFUSED.sub("_", MlflowClient().get_run(run_id).info.run_name),
        step=epochs,
        run_id=run_id,
        model=model,
        signature=signature,
        pip_requirements=requirements,
    )
    return str(logged.model_id)
