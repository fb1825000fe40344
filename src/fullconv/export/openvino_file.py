"""OpenVINO: an .xml file of the network and a .bin file of its weights."""

import tempfile
from pathlib import Path
from typing import Any

from fullconv.export.network import IMAGES, SCORES, Network

NAME = "conversion.xml"
# Without it processors that have bfloat16 compute in it: scores are then off by 0.001.
EXACTLY = {"INFERENCE_PRECISION_HINT": "f32"}


def write(network: Network, folder: Path) -> None:
    """Write conversion.xml and conversion.bin."""
    import openvino

    with tempfile.TemporaryDirectory() as temporary:
        graph = Path(temporary) / "frozen.pb"
        graph.write_bytes(network.graph().SerializeToString())
        # Not convert_model(): it tells the maker what was converted. And of SavedModels it loses variables.
        model = openvino.Core().read_model(graph)
        model.input().tensor.set_names({IMAGES})
        model.output().tensor.set_names({SCORES})
        folder.mkdir(exist_ok=True)
        openvino.save_model(model, folder / NAME, compress_to_fp16=False)


def runner(folder: Path) -> Any:
    """Return a function images `(N, H, W, C)` → scores `(N, H', W', K)` that the files' own runtime computes."""
    import openvino

    compiled = openvino.Core().compile_model(folder / NAME, "CPU", EXACTLY)
    return lambda images: compiled(images)[SCORES]
