"""Fetches a document from a URL over the same connections as messages: network policy and proxy apply."""

from __future__ import annotations

from collections.abc import Callable

import requests

from gateway.model import NetworkPolicy
from gateway.sending.transport.deadline import Deadlines
from gateway.sending.transport.http import HttpTransport
from gateway.sending.transport.network import open_connector
from gateway.settings import Settings


def fetch(url: str, settings: Settings, policy: Callable[[], NetworkPolicy]) -> bytes | None:
    """The body of a successful answer of *url*, at most 64 KiB; None if it cannot be fetched now. Redirects are not
    followed."""
    transport, deadlines = HttpTransport(open_connector(settings, policy), connections=1), Deadlines()
    try:
        with deadlines.attempt("fetch", settings.attempt_timeout.total_seconds()) as trace:
            response = transport.request(trace, "GET", url, headers={"Accept": "application/json"})
    except requests.exceptions.RequestException:
        return None
    finally:
        transport.close()
        deadlines.close()
    return response.content if response.ok else None
