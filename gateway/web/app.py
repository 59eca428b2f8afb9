"""The application factory."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from gateway.errors import ApiError
from gateway.runtime import Runtime
from gateway.web import answers
from gateway.web.deliveries import deliveries
from gateway.web.events import events
from gateway.web.operations import operations
from gateway.web.presence import presence
from gateway.web.targets import targets
from gateway.web.timers import timers

SECURE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Headers of every answer."""


class AnyText(BaseConverter):
    """Any text, also one with slashes: ids come from the sources, percent-encoded."""

    regex = ".+"
    part_isolating = False


def create_app(runtime: Runtime) -> Flask:
    """The HTTP API over *runtime*."""
    app = Flask("gateway.web", static_folder=None)
    app.extensions["gateway"] = runtime
    runtime.admission.start_refreshing()
    app.config["MAX_CONTENT_LENGTH"] = runtime.settings.max_body_bytes
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.converters["any_text"] = AnyText
    app.register_blueprint(events)
    app.register_blueprint(deliveries)
    app.register_blueprint(targets)
    app.register_blueprint(timers)
    app.register_blueprint(presence)
    app.register_blueprint(operations)
    app.before_request(_refuse_odd_paths)
    app.after_request(_secure)
    answers.register(app)
    return app


def _refuse_odd_paths() -> None:
    """Werkzeug takes `//v1/events` for `/v1/events`; a proxy before us may not."""
    if request.environ.get("PATH_INFO", "").startswith("//"):
        raise ApiError("not-found")


def _secure(response: Response) -> Response:
    response.headers.update(SECURE)
    return response
