"""A notification gateway: events over HTTP in, the right messages out."""

__version__ = "0.1.0"
