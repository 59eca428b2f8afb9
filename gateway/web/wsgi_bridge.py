"""Converts granian's requests to WSGI (PEP 3333), for endpoints that Flask answers in threads."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from typing import Any

from gateway.web.request import Request
from gateway.web.responses import ALWAYS, RawResponse


def environ_of(scope: Any, request: Request, body: bytes | bytearray) -> dict[str, Any]:
    """PEP 3333 wants the bytes of path and query as Latin-1 text, whatever they mean."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _latin_1(request.path),
        "QUERY_STRING": _latin_1(request.query),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{request.http_version}",
        "REMOTE_ADDR": request.peer,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name in set(scope.headers.keys()):
        variable = name.upper().replace("-", "_")
        if variable not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            variable = f"HTTP_{variable}"
        environ[variable] = _latin_1(request.header(name) or "")
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _latin_1(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def call_wsgi(app: Callable[..., Any], environ: Mapping[str, Any]) -> RawResponse:
    status, headers = 500, {}

    def start_response(line: str, fields: list[tuple[str, str]], _: Any = None) -> None:
        nonlocal status, headers
        status, headers = int(line.split(" ", 1)[0]), dict(fields)

    parts = app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close:
            close()
    return RawResponse(status, {name: value for name, value in headers.items() if name not in ALWAYS}, body)
