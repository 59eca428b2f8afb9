"""An HTTP client over real connections, whose answers have what the tests of the API compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any


@dataclass(frozen=True)
class Answer:
    status_code: int
    headers: Mapping[str, str]
    """Names in any case."""
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"]


class HttpClient:
    """Requests to one server, a connection for each."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    def open(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **body: Any) -> Answer:
        """*body* is nothing, `json=` a value, or `data=` text with its `content_type=`."""
        fields = dict(headers or {})
        content: bytes | None = None
        if "json" in body:
            content = json.dumps(body["json"]).encode()
            fields["Content-Type"] = "application/json"
        elif "data" in body:
            content = body["data"].encode()
            fields["Content-Type"] = body["content_type"]
        connection = HTTPConnection(self.host, self.port, timeout=120)
        try:
            connection.request(method, path, content, fields)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())  # type: ignore[arg-type] # a mapping it is
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.open(path, "GET", headers)

    def post(self, path: str, headers: Mapping[str, str] | None = None, **body: Any) -> Answer:
        return self.open(path, "POST", headers, **body)

    def delete(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.open(path, "DELETE", headers)
