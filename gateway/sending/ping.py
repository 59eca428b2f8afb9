"""A request to a URL of the operator's, over the same connections as messages: network policy and proxy hold for it."""

from __future__ import annotations

from collections.abc import Callable

import requests

from gateway.model import NetworkPolicy
from gateway.sending.transport.deadline import Deadlines
from gateway.sending.transport.http import HttpTransport
from gateway.sending.transport.network import open_connector
from gateway.settings import Settings


def ping(url: str, settings: Settings, policy: Callable[[], NetworkPolicy]) -> str | None:
    """Requests *url* once; why that failed, without anything of the URL; None: it was answered with success.

    Connection and threads are opened for it and closed again: a minute later they would be of no use.
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
