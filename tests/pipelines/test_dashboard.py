"""The dashboard as a reviewer sees it: a real MLflow server, looked at in a real headless browser."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pipeline")]


@pytest.fixture(scope="module")
def address(project: Any) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "pipelines/ui.py", f"port={port}"],
        cwd=project.root, env=project.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            break
        except OSError:
            time.sleep(0.5)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait()


def test_the_runs_table_has_one_row_a_classifier_and_one_for_photos(project: Any, address: str, page: Any) -> None:
    page.goto(f"{address}/#/experiments/1/runs")
    for name in (*project.names, "photos"):
        page.get_by_role("link", name=name, exact=True).wait_for()
    assert f"{len(project.names) + 1} matching runs" in page.get_by_text("matching runs").first.inner_text()


def test_one_run_shows_its_description_curves_and_heatmaps(project: Any, address: str, page: Any) -> None:
    (run,) = project.runs(**{"mlflow.runName": "augmented"})
    at = f"{address}/#/experiments/1/runs/{run.info.run_id}"
    page.goto(at)
    page.get_by_text("trained, converted, evaluated").wait_for()
    page.goto(f"{at}/model-metrics")
    page.locator("[role=button]", has_text="heatmap").first.scroll_into_view_if_needed()
    picture = page.locator("img[src*='heatmap']").first
    picture.wait_for()
    # A picture that failed to load has no width of its own.
    page.wait_for_function("image => image.naturalWidth > 100", arg=picture.element_handle())
    page.goto(f"{at}/artifacts/contact_sheets/test.png")
    sheet = page.locator("img[src*='blob:'], img[src*='contact_sheets']").first
    sheet.wait_for()
    page.wait_for_function("image => image.naturalWidth > 400", arg=sheet.element_handle())


def test_a_run_shows_the_page_that_compares_all_classifiers(project: Any, address: str, page: Any) -> None:
    (run,) = project.runs(**{"mlflow.runName": "located"})
    page.goto(f"{address}/#/experiments/1/runs/{run.info.run_id}/artifacts/report.html")
    shown = page.frame_locator("iframe").first
    shown.get_by_text("Published from commit").wait_for()
    (frame,) = (one for one in page.frames if one != page.main_frame)
    assert frame.evaluate("scrollY") == 0
    shown.get_by_role("link", name="All classifiers on all scenes").click()
    frame.wait_for_function("scrollY > 0")


def test_the_saved_view_of_classifiers_sorts_them_by_the_test_mosaics(project: Any, address: str, page: Any) -> None:
    page.goto(f"{address}/#/experiments/1/runs?workflowType=machine_learning&viewStateShareKey=fullconv-classifiers")
    for column in ("validation/AP50", "test/AP50", "test/pointing"):  # columns out of sight are not drawn
        page.get_by_role("columnheader", name=column).first.wait_for()
    page.get_by_role("link", name=project.names[0], exact=True).wait_for()
    shown = page.get_by_role("link").all_inner_texts()
    found = [(run.data.metrics["test/AP50"], run.info.run_name) for run in project.runs() if run.info.run_name in shown]
    assert len(found) == len(project.names)
    values = {name: value for value, name in found}
    order = [values[name] for name in shown if name in values]
    assert order == sorted(order, reverse=True)


def test_the_saved_view_as_charts_begins_with_localization_and_shows_heatmaps(address: str, page: Any) -> None:
    page.set_viewport_size({"width": 1500, "height": 2600})  # charts out of sight are not drawn
    page.goto(
        f"{address}/#/experiments/1/runs?workflowType=machine_learning&viewStateShareKey=fullconv-classifiers&compareRunsMode=CHART"
    )
    for section in ("Localization", "Training", "Heatmaps side by side"):
        page.get_by_text(section, exact=False).first.wait_for()
    page.get_by_text("heatmap/test").first.scroll_into_view_if_needed()
    picture = page.locator("img[src*='heatmap']").first
    picture.wait_for()
    page.wait_for_function("image => image.naturalWidth > 100", arg=picture.element_handle())
