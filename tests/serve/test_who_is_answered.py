"""Which requests are answered: this server's own page and programs, no page of another site, no file but the page's."""

import pytest
from asked import Served, png

PORT = "{port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "lights.local", "LOCALHOST", "192.168.1.7"])
def test_its_own_names_are_answered(host: str, served: Served) -> None:
    port = served.address.rpartition(":")[2]
    assert served("GET", "/ping", Host=f"{host}:{port}").status == 200
    assert served("GET", "/ping", Host=f"{host}:{port}", Origin=f"http://{host.lower()}:{port}").status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a@localhost", "[", ""]
)
def test_another_name_is_not(host: str, served: Served) -> None:
    for path in ("/", "/about", "/ping", "/nothing"):
        reply = served("GET", path, Host=host)
        assert reply.status in (400, 403)
        assert b"<html" not in reply.body


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1"])
def test_a_page_of_another_site_is_not_answered(origin: str, served: Served) -> None:
    reply = served("POST", "/locate", png(), Content_Type="text/plain", Origin=origin)
    assert reply.status == 403
    assert "may not ask" in reply.error
    assert "access-control-allow-origin" not in reply.headers


def test_a_page_of_another_site_may_link_to_it_and_do_nothing_else(served: Served) -> None:
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert served("GET", "/", **link).status == 200
    for other in ({"Sec_Fetch_Mode": "no-cors"}, {"Sec_Fetch_Dest": "iframe"}):
        assert served("GET", "/", **{**link, **other}).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/../pyproject.toml",
        "/page.js/../../searcher.py",
        "/..%2f..%2fetc/passwd",
        "//etc/passwd",
        "/docs",
        "/%00",
    ],
)
def test_no_other_file_is_given_out(path: str, served: Served) -> None:
    reply = served("GET", path)
    assert reply.status == 404
    assert reply.error.endswith("GET / is the page.")


def test_a_wrong_method_is_one_line(served: Served) -> None:
    reply = served("GET", "/locate")
    assert reply.status == 405
    assert reply.error
    assert served("POST", "/", b"x").status == 405


def test_the_page_asks_nobody_else(served: Served) -> None:
    page = served("GET", "/")
    assert page.status == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    for path in ("/", "/page.css", "/page.js", "/shown.js", "/drawing.js", "/asking.js"):
        file = served("GET", path)
        assert file.status == 200
        assert b"://" not in file.body
        assert file.headers["x-content-type-options"] == "nosniff"


def test_it_says_what_searches(served: Served) -> None:
    about = served("GET", "/about").json
    assert about["classifier"] == "traffic lights.keras"
    assert [one["name"] for one in about["categories"]] == ["red", "green"]
    assert all(one["colour"].startswith("#") for one in about["categories"])
    assert about["limits"]["pixels"] == 40_000
