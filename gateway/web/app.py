"""The application factory."""

from __future__ import annotations

from flask import Flask, Response
from werkzeug.routing import BaseConverter

from gateway.runtime import Runtime
from gateway.web import answers
from gateway.web.deliveries import deliveries
from gateway.web.events import events
from gateway.web.operations import operations


class AnyText(BaseConverter):
    """Any text, also one with slashes: ids come from the sources, percent-encoded."""

    regex = ".+"
    part_isolating = False


def create_app(runtime: Runtime) -> Flask:
    """The HTTP API over *runtime*."""
    app = Flask("gateway.web", static_folder=None)
    app.extensions["gateway"] = runtime
    app.config["MAX_CONTENT_LENGTH"] = runtime.settings.max_body_bytes
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.converters["any_text"] = AnyText
    app.register_blueprint(events)
    app.register_blueprint(deliveries)
    app.register_blueprint(operations)
    app.after_request(_secure)
    answers.register(app)
    return app


def _secure(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
