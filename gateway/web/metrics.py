"""The API's metrics, and the separate listener that they may have."""

from __future__ import annotations

import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateway.host_port import HostPort
from gateway.metrics import exposition
from gateway.model import Scope
from gateway.web.endpoint import Call, endpoint
from gateway.web.process import WebProcess
from gateway.web.responses import RawResponse
from gateway.web.schemas import TEXT

log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MAX_WAIT_S = 10.0
"""For a request on that listener."""


@endpoint(
    "GET",
    "/metrics",
    Scope.METRICS,
    "The figures of all processes, for Prometheus",
    {"200": {"description": "Text, in the format of Prometheus 0.0.4.", "content": {"text/plain": {"schema": TEXT}}}},
)
def get_metrics(call: Call) -> RawResponse:
    return RawResponse(200, {"Content-Type": CONTENT_TYPE}, exposition(call.process.runtime, call.process.health))


def serve_metrics(process: WebProcess, bind: HostPort) -> None:
    """Serves `/metrics` at *bind* without a token, in threads of this process. Several processes may share the port."""

    class Handler(BaseHTTPRequestHandler):
        timeout = MAX_WAIT_S

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            body = exposition(process.runtime, process.health)
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            log.debug(format, *args)

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
        allow_reuse_port = True
        daemon_threads = True

    server = Server((bind.host, bind.port), Handler)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    log.info("metrics are served on %s", bind)
