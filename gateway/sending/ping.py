"""Requests a URL of the operator, over the same connections as messages: network policy and proxy apply."""

from __future__ import annotations

from collections.abc import Callable

import requests

from gateway.model import NetworkPolicy
from gateway.sending.transport.deadline import Deadlines
from gateway.sending.transport.http import HttpTransport
from gateway.sending.transport.network import open_connector
from gateway.settings import Settings


def ping(url: str, settings: Settings, policy: Callable[[], NetworkPolicy]) -> str | None:
    """Requests *url* once. Returns why that failed, without any part of the URL, or None after a successful answer.

    Connection and threads are opened for this and closed again, since they would be of no use a minute later.
    """
    transport, deadlines = HttpTransport(open_connector(settings, policy), connections=1), Deadlines()
    try:
        with deadlines.attempt("ping", settings.attempt_timeout.total_seconds()) as trace:
            response = transport.request(trace, "GET", url)
    except requests.exceptions.RequestException:
        return trace.fault.value if trace.fault else "it failed"
    finally:
        transport.close()
        deadlines.close()
    return None if response.ok else f"HTTP {response.status_code}"
