"""The server's addresses: its page, pictures in, boxes out, and what `mlflow models serve` answers."""

import logging
import math
from functools import partial
from importlib.metadata import version
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from fullconv.config.running import ServeConfig
from fullconv.errors import InputError
from fullconv.serve.answers import Entry
from fullconv.serve.gate import Gate, RefusedError
from fullconv.serve.guard import Guard
from fullconv.serve.invocations import Answer, Invocations
from fullconv.serve.searcher import Searcher
from fullconv.serve.uploads import body_of, upload_of

log = logging.getLogger(__name__)

# The only files that it gives out, read once.
_PAGE = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/drawing.js": ("drawing.js", "text/javascript"),
    "/asking.js": ("asking.js", "text/javascript"),
    "/shown.js": ("shown.js", "text/javascript"),
}


class Addresses:
    """What is answered at each address."""

    def __init__(self, searcher: Searcher, config: ServeConfig, gate: Gate) -> None:
        self._searcher = searcher
        self._config = config
        self._gate = gate
        self._invocations: Invocations | None = None

    def about(self, request: Request) -> Response:
        """GET /about: what searches, and what it takes at most."""
        limits = {"bytes": self._config.bytes, "pixels": self._config.pixels, "seconds": self._config.seconds}
        return JSONResponse({**self._searcher.about, "limits": limits})

    def ping(self, request: Request) -> Response:
        """GET /ping, GET /health: it is well once it answers."""
        return Response("\n", media_type="application/json")

    def version(self, request: Request) -> Response:
        """GET /version: MLflow's."""
        return Response(version("mlflow"), media_type="application/json")

    async def locate(self, request: Request) -> Response:
        """POST /locate: a picture as it is or in a form → COCO JSON; ?threshold=SCORE, ?name=NAME, ?view=1."""
        score = _score(request.query_params.get("threshold"))
        body = await body_of(request, self._config.bytes, self._config.seconds)
        name = request.query_params.get("name")
        content, called = upload_of(body, request.headers.get("content-type", ""), name)
        view = request.query_params.get("view") == "1"
        found: Entry = await self._gate(partial(self._searcher, content, called, score, view), partial(_left, request))
        return JSONResponse(found)

    async def invocations(self, request: Request) -> Response:
        """POST /invocations: images (N, H, W, C) in 0..1 → score maps, as MLflow serves a logged conversion."""
        body = await body_of(request, self._config.bytes, self._config.seconds)
        kind = request.headers.get("content-type", "")
        answer = await self._gate(partial(self._invoked, body, kind), partial(_left, request))
        return Response(answer.body, answer.status, media_type=answer.kind)

    def _invoked(self, body: bytes, kind: str) -> Answer:
        if self._invocations is None:  # MLflow's import takes a second
            self._invocations = Invocations(self._searcher.finder, self._config.pixels)
        return self._invocations(body, kind)


async def _left(request: Request) -> None:
    """Return once nobody waits for the answer."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _score(given: str | None) -> float | None:
    if given is None:
        return None
    try:
        score = float(given)
    except ValueError:
        score = math.nan
    if not 0 <= score <= 1:
        raise InputError("threshold", f"received {given[:50]!r}", "Give a probability, 0 to 1.")
    return score


def _told(request: Request, error: Exception) -> Response:
    """Return what went wrong in one line of JSON."""
    if isinstance(error, InputError):
        return JSONResponse({"error": " ".join(str(error).split())}, 400)
    if isinstance(error, RefusedError):
        return JSONResponse({"error": error.says}, error.status, {"Retry-After": "2"} if error.status == 503 else None)
    if isinstance(error, HTTPException):
        told = f"{request.method} {request.url.path[:100]}: {error.detail}. GET / is the page."
        return JSONResponse({"error": told}, error.status_code, error.headers)
    log.error("%s", request.url.path, exc_info=error)
    return JSONResponse({"error": "It failed; the server's terminal says where."}, 500)


def _routes(addresses: Addresses) -> list[BaseRoute]:
    folder = files(__package__) / "page"
    made: list[BaseRoute] = []
    for path, (name, kind) in _PAGE.items():
        page = Response((folder / name).read_text(encoding="utf-8"), media_type=kind)
        made.append(Route(path, page, methods=["GET"]))
    for path, answer in (("/about", addresses.about), ("/version", addresses.version)):
        made.append(Route(path, answer))
    made += [Route(path, addresses.ping) for path in ("/ping", "/health")]
    made.append(Route("/locate", addresses.locate, methods=["POST"]))
    made.append(Route("/invocations", addresses.invocations, methods=["POST"]))
    return made


def application(searcher: Searcher, config: ServeConfig, gate: Gate) -> ASGIApp:
    """Return the server as an ASGI application."""
    told = dict.fromkeys((InputError, RefusedError, HTTPException, Exception), _told)
    app = Starlette(routes=_routes(Addresses(searcher, config, gate)), exception_handlers=told)
    return Guard(app, [*config.names, config.host])
