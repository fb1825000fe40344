"""What is recorded of oneDNN is what TensorFlow does."""

import os
from pathlib import Path

import pytest
from tensorflow.python.util import _pywrap_util_port

from fullconv.config import onednn as module
from fullconv.config.onednn import onednn, uses_onednn

pytestmark = pytest.mark.numeric


def test_it_is_what_tensorflow_says() -> None:
    assert _pywrap_util_port.IsMklEnabled() == uses_onednn(os.environ.get("TF_ENABLE_ONEDNN_OPTS"))


@pytest.mark.parametrize(
    ("flags", "by_itself"),
    [("fpu avx2 avx512f", False), ("fpu avx2 avx_vnni", True), ("fpu amx_tile", True), ("fpu avx512_vnni_more", False)],
)
def test_a_value_that_tensorflow_does_not_know_leaves_it_to_the_processor(
    flags: str, by_itself: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = tmp_path / "cpuinfo"
    facts.write_text(f"processor\t: 0\nmodel name\t: avx_vnni\nflags\t\t: {flags}\n")
    monkeypatch.setattr(module, "Path", lambda name: facts)
    monkeypatch.setattr(module.sys, "platform", "linux")
    assert [uses_onednn(value) for value in (None, "", "yes")] == [by_itself] * 3
    assert [uses_onednn(value) for value in ("1", "True", "true")] == [True] * 3
    assert [uses_onednn(value) for value in ("0", "FALSE", "false")] == [False] * 3


def test_a_limit_of_vectors_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    assert onednn() == "on"
    monkeypatch.setenv("DNNL_MAX_CPU_ISA", "sse41")
    assert onednn() == "on, up to SSE41"
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert onednn() == "on, up to AVX2"
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert onednn() == "off, up to AVX2"
