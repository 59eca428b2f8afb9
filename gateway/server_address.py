"""The address of the ledger's server: the one parser of REDIS_URL. No text of this module repeats a password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("redis", "rediss", "unix")
TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")
"""Options of a rediss:// URL after `?`, by the names of redis-py."""
TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
CERTIFICATE_CHECKS = ("none", "optional", "required")
MAX_DATABASE = 2**31 - 1
ENCODE = (
    "with `/`, `#`, `?`, `@`, `[`, `]` and `%` in the user and password percent-encoded (`/` is `%2F`, `#` is `%23`)"
)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the ledger's server is, and as whom the gateway connects."""

    host: str = ""
    port: int = 6379
    path: str = ""
    """The path of a Unix socket; there is no host then."""
    database: int = 0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False
    tls_options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """For logs: without user and password."""
        if self.path:
            return f"unix socket {self.path}"
        return f"{self.host}:{self.port}, database {self.database}" + (", TLS" if self.is_tls else "")


def parse_server_address(text: str) -> ServerAddress:
    """The server that *text* (redis://, rediss:// or unix://) names.

    Raises: ValueError, whose text completes "expected ...".
    """
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in SCHEMES:
        raise ValueError("a URL that begins with redis://, rediss:// or unix://")
    # An unencoded `/` or `?` in the password ends the host early, and leaves the `@` behind it. urlsplit would take the
    # beginning of the password for the host, and messages would show it.
    beyond_host = re.split("[/?#]", rest, maxsplit=1)[1:]
    if "#" in rest or (scheme != "unix" and "@" in "".join(beyond_host)):
        raise ValueError(f"a URL {ENCODE}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(f"a URL like redis://user:password@host:6379/0, {ENCODE}") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if scheme == "unix":
        path = unquote(parts.path)
        if not path.startswith("/") or parts.hostname:
            raise ValueError("the whole path of a socket after unix://, like unix:///run/redis.sock")
        database = _database(options.pop("db", "0"))
        _refuse_options(options, ())
        return ServerAddress(path=path, database=database, user=user, password=password)
    database = _database(options.pop("db", "") or unquote(parts.path).strip("/") or "0")
    is_tls = scheme == "rediss"
    _refuse_options(options, TLS_OPTIONS if is_tls else ())
    return ServerAddress(
        host=parts.hostname or "localhost",
        port=6379 if port is None else port,
        database=database,
        user=user,
        password=password,
        is_tls=is_tls,
        tls_options=tuple(options.items()),
    )


def _database(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MAX_DATABASE):
        raise ValueError("the number of a database after the host (redis://host:6379/0), not a name")
    return int(text)


def _refuse_options(options: dict[str, str], supported: tuple[str, ...]) -> None:
    if options.keys() - set(supported):
        allowed = f"only {', '.join(supported)} and db" if supported else "only db, or ssl_... in a rediss:// URL,"
        raise ValueError(f"{allowed} after `?`")
    if options.get("ssl_cert_reqs", "required") not in CERTIFICATE_CHECKS:
        raise ValueError(f"{', '.join(CERTIFICATE_CHECKS[:-1])} or {CERTIFICATE_CHECKS[-1]} as ssl_cert_reqs")
