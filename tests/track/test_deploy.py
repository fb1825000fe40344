"""The files of a team's server: what they name is there in this MLflow. Nothing is started here."""

import configparser
import re
import warnings
from pathlib import Path
from typing import Any

import mlflow
import mlflow.environment_variables as known
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
LIBPQ_AND_S3 = {"PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"}


def services() -> dict[str, dict[str, object]]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def options() -> list[Any]:
    """The options of `mlflow server`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow's own modules, while they are imported
        from mlflow.cli import cli
    return list(cli.commands["server"].params)


def test_every_variable_is_one_of_mlflow_s(options: list[Any]) -> None:
    environment = services()["mlflow"]["environment"]
    assert isinstance(environment, dict)
    of_mlflow = {str(option.envvar) for option in options if getattr(option, "envvar", None)} | set(dir(known))
    assert set(environment) - LIBPQ_AND_S3 <= of_mlflow


@pytest.mark.parametrize("name", ["deploy/Dockerfile", "docs/team/server.md"])
def test_every_option_is_one_of_mlflow_server_s(name: str, options: list[Any]) -> None:
    text = (ROOT / name).read_text()
    commands = re.findall(r"mlflow server([^\n`]*)", text.replace('", "', " ").replace("\\\n", " "))
    used = {flag for command in commands for flag in re.findall(r"--[a-z-]+", command)}
    assert used <= {flag for option in options for flag in option.opts}
    assert "--app-name" in used


def test_every_setting_of_the_passwords_is_one_of_mlflow_s() -> None:
    ours, theirs = configparser.ConfigParser(), configparser.ConfigParser()
    ours.read(DEPLOY / "auth.ini")
    theirs.read(Path(mlflow.__file__).parent / "server" / "auth" / "basic_auth.ini")
    assert set(ours["mlflow"]) <= set(theirs["mlflow"])
    assert ours["mlflow"]["authorization_function"] == theirs["mlflow"]["authorization_function"]


def test_the_image_has_the_versions_of_the_lock() -> None:
    locked = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    pinned = re.findall(r'"([\w-]+)(?:\[\w+\])?==([^"]+)"', (DEPLOY / "Dockerfile").read_text())
    assert {name for name, _ in pinned} == {"mlflow", "psycopg2-binary", "boto3"}
    assert dict(pinned) == {name: locked[name] for name, _ in pinned}


def test_every_variable_that_compose_takes_is_explained_and_no_secret_has_a_value() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    example = (DEPLOY / ".env.example").read_text()
    taken = set(re.findall(r"\$\{(\w+)", text))
    environment = services()["mlflow"]["environment"]
    assert isinstance(environment, dict)
    taken |= {key for key, value in environment.items() if value is None}
    assert taken == set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", example, re.MULTILINE))
    secrets = re.findall(r"^(?:# )?(\w*(?:PASSWORD|SECRET|KEY)\w*)=(.*)$", example, re.MULTILINE)
    assert secrets
    assert all(value == "" for _, value in secrets)
    assert ".env" in (DEPLOY / ".gitignore").read_text().splitlines()


def test_services_name_only_volumes_and_services_that_there_are() -> None:
    content = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    mounted = {str(one).partition(":")[0] for service in services().values() for one in service.get("volumes", [])}  # type: ignore[attr-defined]
    assert mounted == set(content["volumes"])
    assert services()["mlflow"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "healthcheck" in services()["postgres"]
