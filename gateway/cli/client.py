"""The API as the client commands call it: which gateway, whose token, and what a refusal looks like."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

import click
import urllib3

from gateway.cli.options import Invocation
from gateway.cli.table import clean
from gateway.settings import TOKEN_FILE

ADDRESS_FILE = "address"
"""In the data folder while `gateway up` runs: where it listens."""
TIMEOUT_S = 30.0
REFUSED, UNREACHABLE = 1, 2


@dataclass(frozen=True)
class Answer:
    """What the gateway said to a request that it did not refuse."""

    document: dict[str, Any]
    headers: Mapping[str, str]


class Client:
    """Calls one gateway. A call that fails ends the program with a line that says what to do."""

    def __init__(self, invocation: Invocation) -> None:
        self.url = _url(invocation)
        self._token = _token(invocation)
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_S)

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        return self.call("GET", path, parameters=parameters).document

    def post(self, path: str, body: Any = None, **parameters: Any) -> Answer:
        return self.call("POST", path, body, parameters)

    def call(self, method: str, path: str, body: Any = None, parameters: Mapping[str, Any] | None = None) -> Answer:
        """*parameters* that are None are left out."""
        status, answer = self.try_call(method, path, body, parameters)
        if status >= 400:
            refuse(answer.document, status)
        return answer

    def try_call(
        self, method: str, path: str, body: Any = None, parameters: Mapping[str, Any] | None = None
    ) -> tuple[int, Answer]:
        """Status and answer, a refusal's as well."""
        query = urlencode({name: value for name, value in (parameters or {}).items() if value is not None})
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        content = None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            response = self._pool.request(
                method, f"{self.url}{path}{'?' + query if query else ''}", body=content, headers=headers, redirect=False
            )
            return response.status, Answer(response.json(), response.headers)
        except urllib3.exceptions.HTTPError:
            fail(
                f"no gateway answers at {self.url}: is `gateway up` running? Another address: GATEWAY_URL", UNREACHABLE
            )
        except ValueError:
            fail(f"what answers at {self.url} is not a gateway", UNREACHABLE)


def _url(invocation: Invocation) -> str:
    url = invocation.environ.get("GATEWAY_URL")
    if url:
        if not url.startswith(("http://", "https://")):
            fail(f"GATEWAY_URL={url}: expected http://HOST:PORT", UNREACHABLE)
        return url.rstrip("/")
    published = _read(invocation.settings.data_folder / ADDRESS_FILE)
    return published or f"http://{invocation.settings.bind}"


def _token(invocation: Invocation) -> str:
    token = invocation.environ.get("GATEWAY_TOKEN")
    if token:
        return token.strip()
    path = invocation.settings.data_folder / TOKEN_FILE
    found = _read(path)
    if not found:
        fail(
            f"no token: {path} is not there. Run `gateway up` with this data folder, or set GATEWAY_TOKEN", UNREACHABLE
        )
    return found


def _read(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except OSError as exc:
        fail(f"{path}: {exc.strerror}", UNREACHABLE)


def refuse(problem: Mapping[str, Any], status: int) -> NoReturn:
    """Prints a problem document (RFC 9457) and ends the program."""
    lines = [str(problem.get("title") or f"the gateway answered {status}")]
    errors = problem.get("errors") or []
    if problem.get("detail") and not errors:
        lines[0] += f": {problem['detail']}"
    lines += [_error_line(one) for one in errors]
    click.echo(f"Refused ({status}): " + "\n".join(clean_line(line) for line in lines), err=True)
    sys.exit(REFUSED)


def _error_line(error: Mapping[str, Any]) -> str:
    line = f"  {error.get('pointer') or '/'}: {error.get('detail') or error.get('code')}"
    return f"{line} - {error['hint']}" if error.get("hint") else line


def clean_line(line: str) -> str:
    """*line* without what a terminal obeys, its indent kept."""
    return " " * (len(line) - len(line.lstrip(" "))) + clean(line)


def fail(text: str, code: int) -> NoReturn:
    click.echo(f"Error: {text}", err=True)
    sys.exit(code)
