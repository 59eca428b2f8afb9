"""The HTTP client of the commands: it finds the gateway and the token, and shows errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

import click
import urllib3

from gateway.cli.exit_codes import REFUSED, UNUSABLE
from gateway.cli.options import Invocation
from gateway.cli.table import clean_line
from gateway.settings import TOKEN_FILE
from gateway.suggestions import did_you_mean

ADDRESS_FILE = "address"
"""While `gateway up` runs, this file in the data folder holds the URL at which it listens."""
TIMEOUT_S = 30.0
MIN_ERROR = 400
STDIN = "-"
MAX_LISTED = 12
"""Names that are listed where none of them is near to the one that was given."""


@dataclass(frozen=True)
class Answer:
    """The gateway's answer: the JSON document in its body, and its headers."""

    document: dict[str, Any]
    headers: Mapping[str, str]


class Client:
    """Calls one gateway. If a call fails, the program ends with a line that says what to do."""

    def __init__(self, invocation: Invocation, *, timeout_s: float = TIMEOUT_S) -> None:
        """*timeout_s* is how long a call waits for the gateway's answer."""
        settings = invocation.settings
        self.url = settings.url or _read(settings.data_folder / ADDRESS_FILE) or settings.bind.url
        token_file = settings.data_folder / TOKEN_FILE
        token = settings.token or _read(token_file)
        if not token:
            fail(
                f"no token: {token_file} does not exist. Run `gateway up` with this data folder, or set GATEWAY_TOKEN.",
                UNUSABLE,
            )
        self._token = token
        self._timeout_s = timeout_s
        self._pool = urllib3.PoolManager(retries=False, timeout=timeout_s)

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        return self.call("GET", path, parameters=parameters).document

    def rows(self, path: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        """The list under *key* in the answer."""
        return self.lists(path, [key], **parameters)[key]

    def lists(self, path: str, keys: Sequence[str], **parameters: Any) -> dict[str, list[dict[str, Any]]]:
        """The lists under *keys* in the answer."""
        document = self.get(path, **parameters)
        if not all(isinstance(document.get(key), list) for key in keys):
            self._fail_as_foreign()
        return {key: document[key] for key in keys}

    def post(self, path: str, body: Any = None, **parameters: Any) -> Answer:
        return self.call("POST", path, body, parameters)

    def call(self, method: str, path: str, body: Any = None, parameters: Mapping[str, Any] | None = None) -> Answer:
        """*parameters* that are None are left out."""
        status, answer = self.try_call(method, path, body, parameters)
        if status >= MIN_ERROR:
            refuse(answer.document, status)
        return answer

    def try_call(
        self, method: str, path: str, body: Any = None, parameters: Mapping[str, Any] | None = None
    ) -> tuple[int, Answer]:
        """The status and the answer, also when the request was refused."""
        query = urlencode({name: value for name, value in (parameters or {}).items() if value is not None})
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        content = None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            response = self._pool.request(
                method, f"{self.url}{path}{'?' + query if query else ''}", body=content, headers=headers, redirect=False
            )
            document = response.json()
        except urllib3.exceptions.ReadTimeoutError:
            fail(
                f"the web server at {self.url} took the request and did not answer within {self._timeout_s:g} s."
                " It hangs or has too much to do: see its log, and kill it if it hangs (`kill -9`).",
                UNUSABLE,
            )
        except urllib3.exceptions.HTTPError:
            fail(
                f"no gateway answers at {self.url}. Is `gateway up` running?"
                " Set GATEWAY_URL to call a gateway elsewhere.",
                UNUSABLE,
            )
        except ValueError:
            self._fail_as_foreign()
        if not isinstance(document, dict):
            self._fail_as_foreign()
        return response.status, Answer(document, response.headers)

    def _fail_as_foreign(self) -> NoReturn:
        fail(
            f"the program that answers at {self.url} is not a gateway. Set GATEWAY_URL to call a gateway elsewhere.",
            UNUSABLE,
        )


def _read(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        fail(f"{path} is damaged: it holds characters that are not ASCII.", UNUSABLE)


def read_input(name: str) -> bytes:
    """The bytes of the file *name*, or of standard input for `-`; ends the program when they cannot be read."""
    try:
        return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as exc:
        fail(f"{name}: {exc.strerror}", UNUSABLE)


def refuse(problem: Mapping[str, Any], status: int) -> NoReturn:
    """Prints a problem document (RFC 9457) and ends the program."""
    lines = [str(problem.get("title") or f"the gateway answered {status}")]
    errors = problem.get("errors") or []
    if problem.get("detail") and not errors:
        lines[0] += f": {problem['detail']}"
    for error in errors:
        line = f"  {error.get('pointer') or '/'}: {error.get('detail') or error.get('code')}"
        lines.append(f"{line} - {error['hint']}" if error.get("hint") else line)
    click.echo(f"Refused ({status}): " + "\n".join(map(clean_line, lines)), err=True)
    sys.exit(REFUSED)


def fail(text: str, code: int) -> NoReturn:
    """Ends the program with *text* as an error."""
    click.echo(clean_line(f"Error: {text}"), err=True)
    sys.exit(code)


def fail_with_hint(text: str, name: str, names: Collection[str]) -> NoReturn:
    """Prints *text* as an error, with the most similar of *names*, and ends the program. A short list of *names* is
    shown where none of them is similar."""
    hint = did_you_mean(name, names)
    if hint is None and len(names) <= MAX_LISTED:
        hint = f"there are {', '.join(sorted(names)) or 'none'}"
    fail(f"{text} - {hint}" if hint else text, REFUSED)
