"""POST /invocations answers as MLflow's own server does for the conversion as it is logged."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked import SIDE, Reply, Served

from fullconv.serve.invocations import ScoreMaps

pytestmark = pytest.mark.filterwarnings("ignore")  # what MLflow warns of is not what is tested here

JSON = "application/json"
Theirs = Callable[[bytes, str], tuple[int, Any]]


def images(count: int = 2, height: int = 20, width: int = 33) -> list[Any]:
    values: list[Any] = np.random.default_rng(0).uniform(size=(count, height, width, 3)).round(3).tolist()
    return values


@pytest.fixture(scope="module")
def theirs(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Theirs:
    """Return what MLflow answers for the same network, logged with the signature that the pipeline gives it."""
    import mlflow.keras
    import mlflow.pyfunc
    from mlflow.exceptions import MlflowException
    from mlflow.models import ModelSignature
    from mlflow.pyfunc.scoring_server import invocations
    from mlflow.types import Schema, TensorSpec

    kind = np.dtype(np.float32)
    signature = ModelSignature(
        Schema([TensorSpec(kind, (-1, -1, -1, 3))]), outputs=Schema([TensorSpec(kind, (-1, -1, -1, 3))])
    )
    folder = tmp_path_factory.mktemp("logged") / "model"
    network = served.searcher.finder.conversion.model
    mlflow.keras.save_model(network, str(folder), signature=signature, pip_requirements=["keras"])
    model = mlflow.pyfunc.load_model(str(folder))

    def answer(body: bytes, kind: str) -> tuple[int, Any]:
        try:
            given = invocations(body, kind, model, model.metadata.get_input_schema())
        except MlflowException as error:
            return error.get_http_status_code(), error.error_code
        return given.status, json.loads(given.response) if given.status == 200 else given.response

    return answer


def sent(served: Served, content: Any, kind: str = JSON) -> Reply:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return served("POST", "/invocations", body, Content_Type=kind)


@pytest.mark.parametrize("key", ["inputs", "instances"])
@pytest.mark.parametrize("size", [(SIDE, SIDE), (20, 33), (48, 31)])
def test_images_become_the_score_maps_that_mlflow_serves(
    key: str, size: tuple[int, int], served: Served, theirs: Theirs
) -> None:
    content = {key: images(2, *size)}
    reply = sent(served, content, f"{JSON}; charset=utf-8")
    status, wanted = theirs(json.dumps(content).encode(), JSON)
    assert (reply.status, status) == (200, 200)
    assert list(reply.json) == list(wanted) == ["predictions"]
    assert np.allclose(reply.json["predictions"], wanted["predictions"], atol=1e-6)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b'{"dataframe_split": {"columns": ["a"], "data": [[1.0]]}}', JSON, id="split"),
        pytest.param(b'{"dataframe_records": [{"a": 1.0}]}', JSON, id="records"),
        pytest.param(b"a,b\n1.0,2.0\n", "text/csv", id="csv"),
        pytest.param(b"\xff\xfe", "text/csv", id="csv not UTF-8"),
        pytest.param(b'{"inputs": [[1.0, 2.0]]}', JSON, id="rank"),
        pytest.param(b'{"inputs": [[[["x"]]]]}', JSON, id="text"),
        pytest.param(b'{"inputs": {"image": [1]}}', JSON, id="named"),
        pytest.param(b'{"inputs": [1], "instances": [1]}', JSON, id="two keys"),
        pytest.param(b"{}", JSON, id="no key"),
        pytest.param(b"[1, 2]", JSON, id="a list"),
        pytest.param(b"{", JSON, id="no JSON"),
        pytest.param(b"\xff", JSON, id="not UTF-8"),
        pytest.param(b"", JSON, id="empty"),
        pytest.param(b"x", "application/vnd.apache.parquet", id="no parquet"),
        pytest.param(b"x", "text/plain", id="another type"),
        pytest.param(b"{}", f"{JSON}; charset=latin-1", id="another charset"),
        pytest.param(b"{}", f"{JSON}; version=2", id="another parameter"),
        pytest.param(b"{}", "", id="no type"),
    ],
)
def test_what_mlflow_refuses_is_refused_alike_in_one_line(
    body: bytes, kind: str, served: Served, theirs: Theirs
) -> None:
    reply = sent(served, body, kind)
    status, _ = theirs(body, kind)
    assert reply.status == status >= 400
    assert reply.json["error_code"]
    assert reply.error
    assert "Traceback" not in reply.error


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (json.dumps({"inputs": images(1, 8, 40)}), "8 × 40 pixels, less than the window of 16 × 16"),
        (json.dumps({"inputs": (255 * np.ones((1, 16, 16, 3))).tolist()}), "Give 0..1, or integers of 0..255"),
        (json.dumps({"inputs": np.full((1, 16, 16, 3), np.nan).tolist()}), "NaN pixels"),
        (json.dumps({"inputs": np.full((1, 16, 16, 3), np.inf).tolist()}), "Give 0..1, or integers of 0..255"),
        (json.dumps({"inputs": np.zeros((1, 16, 16, 1)).tolist()}), "shape"),
        (
            json.dumps({"inputs": np.zeros((3, 160, 90, 3), int).tolist()}, separators=(",", ":")),
            "more than serve.pixels=40000",
        ),
        ('{"inputs": ' + "[" * 100_000 + "]" * 100_000 + "}", "It cannot be read"),
        ('{"inputs": ' + "9" * 5000 + "}", "cannot"),
    ],
    ids=["small", "0..255", "NaN", "infinite", "grey", "large", "deep", "a number of 5,000 digits"],
)
def test_images_that_cannot_be_read_are_one_line(body: str, says: str, served: Served) -> None:
    reply = sent(served, body.encode())
    assert reply.status == 400
    assert says in reply.error


def test_a_fault_of_the_network_is_no_fault_of_the_client(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(ScoreMaps, "_maps", fails)
    with caplog.at_level(logging.ERROR):
        reply = sent(served, {"inputs": images()})
    assert reply.status == 500
    assert "secret" not in reply.error
    assert "secret" in caplog.text


def test_mlflow_s_own_client_gets_its_answers(served: Served) -> None:
    from mlflow.pyfunc.scoring_server.client import ScoringServerClient
    from mlflow.version import VERSION

    host, port = served.address.removeprefix("http://").split(":")
    client = ScoringServerClient(host, int(port))
    client.ping()
    assert client.get_version() == VERSION
    batch = np.asarray(images(), np.float32)
    found = np.asarray(client.invoke(batch)["predictions"])
    assert np.allclose(found, served.searcher.finder.conversion.forward(batch), atol=1e-6)
    assert served("GET", "/health").status == 200


def test_the_folder_of_the_page_is_part_of_the_package() -> None:
    import fullconv.serve

    folder = Path(fullconv.serve.__file__).parent / "page"
    assert {path.suffix for path in folder.iterdir()} == {".html", ".css", ".js"}
