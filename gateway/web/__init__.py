"""The web room: the HTTP API as a Flask application, and a fast lane for posted events."""

from gateway.web.app import create_app

__all__ = ["create_app"]
