"""A notification gateway: it accepts events over HTTP and sends messages to the people and places that should know."""

__version__ = "0.1.0"
