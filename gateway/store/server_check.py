"""Checks whether the ledger's server can serve, in one round trip, at the start and again every second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from gateway.errors import ServerUnsuitable, StoreUnavailable
from gateway.store import keys
from gateway.store.client import translated
from gateway.store.ledger_format import FIELDS, FORMAT, describe_newer_format
from gateway.store.server_failures import (
    CLUSTER,
    PASSING,
    READ_ONLY,
    REPLICA,
    describe_denial,
    describe_failure,
)

OLDEST_SERVER = (7, 0)
"""EXPIRE with GT came with Redis 7.0; Valkey's numbering starts at 7.2."""
WANTED_SETTINGS = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
INFO_SECTIONS = ("server", "replication", "cluster", "memory")
"""The rest of INFO is twice as long, and is not used. Each is asked for by itself, since servers before 7.0, which are
told that they are too old, know only one section at a time."""
TRIED_KEYS = (
    f"{keys.TAG}tokens",
    "rq:queue:gateway-drains",
    "rq:queues",
    "rq:job:trial",
    "rq:worker:trial",
    "rq:workers",
    "rq:workers:gateway-drains",
)
"""One key of each kind that the ledger and RQ write. PERSIST is a write that changes none of them and costs no fsync,
and it is refused whenever a real write would be: on a replica, without the right to the key, or with a full disk."""


@dataclass(frozen=True, slots=True)
class ServerReport:
    """What a server that can serve reports about itself."""

    info: Mapping[str, Any]
    """The answers of INFO for INFO_SECTIONS."""
    warnings: tuple[str, ...]
    """What it does not guarantee, without being a reason to stop; sentences for the log."""
    has_format: bool
    """Whether the ledger's format is as new as ours."""


def check_server(client: redis.Redis, *, durability: str) -> ServerReport:
    """Raises: ServerUnsuitable if the server answers but cannot serve with its settings, or if it might lose
    acknowledged events and *durability* is `always`; StoreUnavailable if it is away."""
    try:
        with translated(""), client.pipeline(transaction=False) as pipe:
            for section in INFO_SECTIONS:
                pipe.info(section)
            pipe.config_get(*WANTED_SETTINGS)
            pipe.hmget(keys.FORMAT, *FIELDS)
            for key in TRIED_KEYS:
                pipe.persist(key)
            answers = pipe.execute(raise_on_error=False)
    except StoreUnavailable as exc:
        # What a command answers is in the results. These errors come from opening the connection: login and database.
        if isinstance(exc.__cause__, redis.AuthenticationError | redis.ResponseError):
            raise ServerUnsuitable(describe_failure(exc.__cause__)) from exc
        raise
    sections, (settings, stored_format, *trials) = answers[: len(INFO_SECTIONS)], answers[len(INFO_SECTIONS) :]
    info = _merge(sections)
    # The kind of server comes before the trials: that it is a replica or a cluster explains why they fail.
    if why := why_unsuitable(info):
        raise ServerUnsuitable(why)
    for key, trial in zip(TRIED_KEYS, trials, strict=True):
        if isinstance(trial, Exception):
            raise _refusal(trial, key) from trial
    if isinstance(stored_format, Exception):
        raise _refusal(stored_format, keys.FORMAT) from stored_format
    if why := describe_newer_format(stored_format):
        raise ServerUnsuitable(why)
    # A ledger without a number has format 1, and gets the number nevertheless.
    return ServerReport(info, _check_durability(settings, durability), int(stored_format[0] or 0) >= FORMAT)


def _merge(sections: Sequence[Any]) -> dict[str, Any]:
    """INFO's *sections* in one. Raises: StoreUnavailable if the server refuses to answer."""
    info: dict[str, Any] = {}
    for section in sections:
        if isinstance(section, Exception):
            raise _refusal(section) from section
        info |= section
    return info


def _check_durability(settings: Any, durability: str) -> tuple[str, ...]:
    """Warnings about *settings*, the answer of CONFIG GET. Raises: ServerUnsuitable."""
    if isinstance(settings, Exception):  # a hosted server may hide its settings
        return ("the server does not tell its settings (CONFIG GET): durability is not checked",)
    wrong = [
        f"{name} is {settings.get(name)!r}, not {required!r}"
        for name, required in WANTED_SETTINGS.items()
        if settings.get(name) != required
    ]
    if wrong and durability == "always":
        raise ServerUnsuitable(
            f"the ledger's server may lose what was acknowledged: {'; '.join(wrong)}. "
            "Change the server, or accept the loss with GATEWAY_DURABILITY=relaxed"
        )
    return tuple(f"durability is relaxed: {line}" for line in wrong)


def why_unsuitable(info: Mapping[str, Any]) -> str | None:
    """Why a server of this kind cannot serve, according to its answer to INFO; None if it can."""
    version = str(info.get("valkey_version") or info["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < OLDEST_SERVER:
        return f"the version {version} of the ledger's server is too old: use 7.0 or later"
    if info.get("cluster_enabled"):
        return CLUSTER
    if info.get("role") == "slave":
        return READ_ONLY if info.get("slave_read_only") else REPLICA
    return None


def _refusal(answer: Exception, key: str = "") -> StoreUnavailable:
    """The error to raise for an error that the server answered."""
    if isinstance(answer, redis.exceptions.NoPermissionError):
        return ServerUnsuitable(describe_denial(answer, key))
    why = describe_failure(answer)
    return StoreUnavailable("", why) if why in PASSING else ServerUnsuitable(why)
