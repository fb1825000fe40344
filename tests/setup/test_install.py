"""tools/install.py: what pip is told, uv is told; where uv fails, pip installs."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

LISTED = """:env:.find-links='/wheels'
:env:.no_input='1'
freeze.timeout='9'
global.find-links='/other'
global.index-url='https://localhost/simple'
global.timeout='20'
install.timeout='60'
"""


def test_the_strongest_of_pip_s_settings_counts(installer: ModuleType) -> None:
    assert installer.settings_of(LISTED) == {
        "find-links": "/wheels",
        "no-input": "1",
        "index-url": "https://localhost/simple",
        "timeout": "60",
    }


def test_pip_prints_its_settings_in_that_form(installer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://localhost/it's https://localhost/two")
    assert installer.pip_settings()["extra-index-url"] == "https://localhost/it's https://localhost/two"


def test_uv_is_told_where_pip_looks(installer: ModuleType) -> None:
    settings = {
        "index-url": "https://localhost/simple",
        "extra-index-url": "\nhttps://localhost/one\nhttps://localhost/two",
        "find-links": "/wheels /more",
        "trusted-host": "localhost",
        "cert": "/certificates.pem",
        "proxy": "http://localhost:9",
        "retries": "1",
        "default-timeout": "60",
        "disable-pip-version-check": "1",
    }
    assert installer.told(settings) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://localhost/simple",
        "UV_INDEX": "https://localhost/one https://localhost/two",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INSECURE_HOST": "localhost",
        "SSL_CERT_FILE": "/certificates.pem",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://localhost:9"),
        "UV_HTTP_RETRIES": "1",
        "UV_HTTP_TIMEOUT": "60",
    }


def test_what_a_person_tells_uv_stays(installer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://localhost/own")
    monkeypatch.setenv("SSL_CERT_FILE", "/system.pem")
    environment = installer.environment_of({"index-url": "https://localhost/simple", "cert": "/pip.pem"})
    assert environment["UV_DEFAULT_INDEX"] == "https://localhost/own"
    assert environment["SSL_CERT_FILE"] == "/pip.pem"


@pytest.fixture
def commands(installer: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """The commands that an installation runs; none of them is run."""
    seen: list[list[str]] = []

    def record(command: list[Any], **_: Any) -> subprocess.CompletedProcess[str]:
        seen.append([str(word) for word in command])
        return subprocess.CompletedProcess(command, 0, stdout="")

    monkeypatch.setattr(installer.subprocess, "run", record)
    monkeypatch.setattr(installer, "UNFINISHED", tmp_path / ".unfinished")
    return seen


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file of two packages."""
    file = tmp_path / "some.lock"
    file.write_text("one==1 \\\n    --hash=sha256:00\ntwo==2 \\\n    --hash=sha256:01\n    # via one\n")
    return file


def installs(commands: list[list[str]], lock: Path) -> list[list[str]]:
    return [command for command in commands if str(lock) in command]


def test_uv_checks_every_hash_and_compiles(installer: ModuleType, commands: list[list[str]], lock: Path) -> None:
    installer.install(lock, "uv")
    [command] = installs(commands, lock)
    assert Path(command[0]).name == "uv"
    assert {"--require-hashes", "--compile-bytecode"} <= set(command)
    assert command[command.index("--python") + 1] == sys.executable
    [first] = [one for one in commands if str(installer.UV_LOCK) in one]
    assert "--require-hashes" in first
    assert commands[-1][-2:] == ["--editable", str(installer.ROOT)]


def test_pip_checks_every_hash_and_all_is_compiled(
    installer: ModuleType, commands: list[list[str]], lock: Path
) -> None:
    installer.install(lock, "pip")
    [command] = installs(commands, lock)
    assert command[:3] == [sys.executable, "-m", "pip"]
    assert "--require-hashes" in command
    assert any("compileall" in one for one in commands)
    assert not any("uv" in Path(one[0]).name or str(installer.UV_LOCK) in one for one in commands)
    assert commands[-1][-2:] == ["--editable", str(installer.ROOT)]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (KeyError("no-index"), "pip's setting no-index has no equal in uv"),
        (FileNotFoundError("uv is not there"), "uv is not to be had or fails (uv is not there)"),
        (
            subprocess.CalledProcessError(1, "pip", stderr=b"WARNING: odd\nERROR: no matching distribution\n"),
            "uv is not to be had or fails (ERROR: no matching distribution)",
        ),
    ],
)
def test_where_uv_does_not_install_pip_does(
    installer: ModuleType,
    commands: list[list[str]],
    lock: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    why: str,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(installer, "by_uv", fail)
    installer.install(lock, "uv")
    assert capsys.readouterr().out.splitlines() == [
        "some.lock: installing 2 packages, less those that are there",
        f"{why}; pip installs",
    ]
    [command] = installs(commands, lock)
    assert command[:3] == [sys.executable, "-m", "pip"]


def test_a_setting_that_only_pip_knows_keeps_uv_away(installer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert not installer.installed_by_uv(Path("never.lock"), again=False)


@pytest.mark.parametrize(("kind", "flag"), [("uv", "--reinstall"), ("pip", "--force-reinstall")])
def test_what_was_cut_off_is_installed_again(
    installer: ModuleType, commands: list[list[str]], lock: Path, kind: str, flag: str
) -> None:
    installer.install(lock, kind)
    assert flag not in installs(commands, lock)[0]
    assert not installer.UNFINISHED.exists()
    installer.UNFINISHED.touch()
    installer.install(lock, kind)
    assert flag in installs(commands, lock)[1]
    assert not installer.UNFINISHED.exists()


def test_an_installation_that_fails_is_unfinished(
    installer: ModuleType, commands: list[list[str]], lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(installer, "by_pip", fail)
    monkeypatch.setenv("INSTALLER", "pip")
    with pytest.raises(SystemExit, match=r"error: the installation of .*some.lock failed \(1\)"):
        installer.main([str(lock)])
    assert installer.UNFINISHED.exists()
    assert commands == []
