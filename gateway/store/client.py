"""The connection to the ledger's server: opening it, checking it, and naming its failures."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hiredis
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.errors import ServerUnsuitable, StoreUnavailable

log = logging.getLogger(__name__)

OLDEST_SERVER = (7, 0)
"""EXPIRE with GT came with Redis 7.0; Valkey counts on from 7.2."""

REFUSALS = ("OOM", "MISCONF", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "BUSY", "TRYAGAIN")
"""First words of server errors that pass: the call may be made again later."""

PASSING = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,
)
"""Those that redis-py has classes for: their text has lost the first word."""


class _Packer:
    """A command as it is sent (RESP): what redis-py does with hiredis, without a look at each of its arguments."""

    def pack(self, name: str, *args: str | float | bytes) -> list[bytes]:
        return [hiredis.pack_command((*name.split(), *args))]  # type: ignore[arg-type] # its hint means a tuple of one


def connect(url: str, *, timeout_s: float, decode: bool = True) -> redis.Redis:
    """A client that never repeats a call by itself: a script that was answered by nobody may have run."""
    return redis.Redis.from_url(
        url,
        decode_responses=decode,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        health_check_interval=0,
        retry=Retry(NoBackoff(), 0),
        command_packer=_Packer(),
    )


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turns failures of the server that pass into StoreUnavailable; *doing* says what was tried."""
    try:
        yield
    except PASSING as exc:
        raise StoreUnavailable(doing) from exc
    except redis.ResponseError as exc:
        if not _passes(str(exc)):
            raise
        raise StoreUnavailable(doing) from exc


def _passes(text: str) -> bool:
    return any(word in REFUSALS for word in text.replace("-", " ").split())


def check_server(client: redis.Redis, *, durability: str) -> list[str]:
    """What the server does not promise although it must not hold us up: sentences for the log.

    Raises: ServerUnsuitable when it would lose acknowledged events and *durability* is `always`;
    StoreUnavailable.
    """
    with translated("checking the server"):
        version = _version(client)
        settings = _settings(client)
    if version < OLDEST_SERVER:
        raise ServerUnsuitable(f"server {version[0]}.{version[1]} is too old: 7.0 or later is needed")
    if settings is None:
        return ["the server does not tell its settings (CONFIG GET is refused): durability is not checked"]
    wrong = [
        f"{name} is {settings.get(name)!r}, not {wanted!r}"
        for name, wanted in (("appendonly", "yes"), ("appendfsync", "always"), ("maxmemory-policy", "noeviction"))
        if settings.get(name) != wanted
    ]
    if wrong and durability == "always":
        raise ServerUnsuitable(
            f"the server may lose what was acknowledged: {'; '.join(wrong)}. "
            "Change the server, or accept the loss with GATEWAY_DURABILITY=relaxed"
        )
    return [f"durability is relaxed: {line}" for line in wrong]


def _version(client: redis.Redis) -> tuple[int, int]:
    info: Any = client.info("server")
    major, minor, *_ = str(info.get("valkey_version") or info["redis_version"]).split(".")
    return int(major), int(minor)


def _settings(client: redis.Redis) -> dict[str, str] | None:
    try:
        settings: Any = client.config_get("appendonly", "appendfsync", "maxmemory-policy")
    except redis.ResponseError:
        return None
    return dict(settings)
