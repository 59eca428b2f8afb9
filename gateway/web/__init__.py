"""The web room: the HTTP API as a Flask application."""

from gateway.web.app import create_app

__all__ = ["create_app"]
