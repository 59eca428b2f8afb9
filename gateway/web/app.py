"""The Flask application: complete by itself on any WSGI server, and open for endpoints of your own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.routing import BaseConverter

from gateway.runtime import Runtime
from gateway.web import (  # noqa: F401 - they declare endpoints
    deliveries,
    events,
    ids,
    incoming,
    metrics,
    oncall,
    operations,
    people,
    presence,
    status,
    targets,
    timers,
    unmapped,
)
from gateway.web.endpoint import ENDPOINTS, Endpoint
from gateway.web.failures import failure_response
from gateway.web.process import WebProcess, open_process
from gateway.web.request import METHOD_CHARACTERS, check_target
from gateway.web.responses import ALWAYS, RawResponse
from gateway.web.wsgi import WsgiLane, request_of, run_now

PROCESS = "gateway"
"""The key in `app.extensions` for the WebProcess."""


class AnyText(BaseConverter):
    """Any text, also with slashes: ids come from the sources, percent-encoded."""

    regex = ".+"
    part_isolating = False  # else Werkzeug divides the path at its slashes first


class Application(Flask):
    """Flask, with the checks that it does not make itself."""

    def wsgi_app(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if not METHOD_CHARACTERS.issuperset(environ["REQUEST_METHOD"]):
            # Methods are case-sensitive (RFC 9110, 9.1), but Werkzeug would accept `get` for GET.
            environ["REQUEST_METHOD"] = f"UNKNOWN-{environ['REQUEST_METHOD']}"
        return super().wsgi_app(environ, start_response)


def create_app(runtime: Runtime | None = None) -> Flask:
    """The HTTP API for *runtime*; without one, for a runtime that the environment describes.

    Raises: SettingInvalid, ConfigUnreadable, ConfigInvalid.
    """
    return app_of(open_process(runtime if runtime is not None else runtime_of_environment()))


def app_of(process: WebProcess) -> Flask:
    app = Application("gateway.web", static_folder=None)
    app.extensions[PROCESS] = process
    app.config["MAX_CONTENT_LENGTH"] = process.runtime.settings.max_body_bytes
    # No redirects: each endpoint has one path.
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.converters["any_text"] = AnyText
    for endpoint in ENDPOINTS:
        app.add_url_rule(_rule(endpoint), endpoint.operation_id, _view(endpoint), methods=[endpoint.method])

    @app.before_request
    def check() -> None:
        """Our endpoints check this too; unknown paths and endpoints of others do not."""
        check_target(request_of(request.environ), process.runtime.settings.hosts)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(ALWAYS)
        return response

    @app.errorhandler(Exception)
    def answer_failure(exc: Exception) -> Response:
        return _to_flask(failure_response(exc, request_of(request.environ)))

    return app


def runtime_of_environment() -> Runtime:
    """Raises: SettingInvalid, ConfigUnreadable, ConfigInvalid."""
    from gateway.runtime import open_runtime
    from gateway.sending.services import AppriseServices
    from gateway.settings import Settings

    return open_runtime(Settings.from_environ(os.environ), os.environ, AppriseServices())


def _rule(endpoint: Endpoint) -> str:
    """The path in Flask's notation: `/v1/events/<any_text:id>`."""

    def variable(match: re.Match[str]) -> str:
        name = match[1]
        return f"<any_text:{name}>" if endpoint.path_parts[name].has_slashes else f"<{name}>"

    return re.sub(r"\{(\w+)\}", variable, endpoint.path)


def _view(endpoint: Endpoint) -> Callable[..., Response]:
    def view(**parts: str) -> Response:
        process: WebProcess = current_app.extensions[PROCESS]
        lane = WsgiLane(request.environ)
        return _to_flask(run_now(endpoint.respond(process, request_of(request.environ), lane, parts)))

    return view


def _to_flask(response: RawResponse) -> Response:
    return Response(response.body, response.status, response.headers)
