"""Real servers for tests of the dashboard's store: MLflow on loopback, PostgreSQL behind it."""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass
class TrackingServer:
    """A real MLflow server on loopback; `stop` kills it as a power cut would."""

    uri: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.log.parent, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(1200):
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        pytest.fail(self.log.read_text())

    def stop(self) -> None:
        """Kill it with all its workers."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def tracking_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., TrackingServer]]:
    """Yield what starts an MLflow server: `tracking_server(*options, **environment)`.

    It has a SQLite database of its own unless the environment says otherwise, and keeps artifacts for its clients.
    """
    servers: list[TrackingServer] = []

    def start(*options: str, **environment: str) -> TrackingServer:
        folder = tmp_path_factory.mktemp("server")
        port = free_port()
        own = {
            "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{folder}/server.db",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "PYTEST_"))}
        command = [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
        ]
        server = TrackingServer(
            f"http://127.0.0.1:{port}",
            [*command, "--artifacts-destination", str(folder / "artifacts"), *options],
            {**kept, "PYTHONWARNINGS": "ignore", **own, **environment},
            folder / "log",
        )
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an empty database of a PostgreSQL started for the test; skip where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    programs = found[-1].parent
    # PostgreSQL refuses to run as root, so it cannot live below a folder that only root enters.
    user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, "postgres", "postgres")
        password = folder / "password"
        password.write_text("secret")
        password.chmod(0o644)
        port = free_port()
        run = functools.partial(subprocess.run, check=True, cwd=folder, stdout=subprocess.DEVNULL, **user)
        access = ["--auth=scram-sha-256", f"--pwfile={password}", "--username=mlflow"]
        run([programs / "initdb", "--no-sync", "-D", folder / "data", *access])
        options = f"-h 127.0.0.1 -p {port} -k '' -F"
        run([programs / "pg_ctl", "-w", "-D", folder / "data", "-l", folder / "log", "-o", options, "start"])
        try:
            # A bare postgresql:// is another driver since SQLAlchemy 2.1.
            yield f"postgresql+psycopg2://mlflow:secret@127.0.0.1:{port}/postgres"
        finally:
            run([programs / "pg_ctl", "-w", "-D", folder / "data", "-m", "immediate", "stop"])


def free_port() -> int:
    """Return a port of loopback's that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def closed_port() -> int:
    """A port of loopback's at which nobody answers."""
    return free_port()
