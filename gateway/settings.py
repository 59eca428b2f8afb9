"""Every setting of a process: its environment variable, its default, what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.durations import parse_duration
from gateway.errors import SettingInvalid


def _setting(variable: str, default: Any, help: str, parse: Callable[[str], Any], *, is_secret: bool = False) -> Any:
    """A field with the metadata `variable`, `help`, `parse` (text -> value, or ValueError) and `is_secret`."""
    metadata = {"variable": variable, "help": help, "parse": parse, "is_secret": is_secret}
    return field(default=default, metadata=metadata)


MAX_DIGITS = 15


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (_is_digits(text) and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


TOKEN_FILE = "token"  # noqa: S105 - a file's name
"""In the data folder: the token of the source `local`."""


def _duration(least: str, most: str) -> Callable[[str], timedelta]:
    def parse(text: str) -> timedelta:
        value = parse_duration(text)
        if not parse_duration(least) <= value <= parse_duration(most):
            raise ValueError(f"a duration from {least} to {most}")
        return value

    return parse


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ValueError("a number above 0")
    return value


def _durability(text: str) -> str:
    if text not in ("always", "relaxed"):
        raise ValueError("always or relaxed")
    return text


LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError(" or ".join(LOG_LEVELS))
    return text.upper()


def _redis_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("a URL that begins with redis://, rediss:// or unix://")
    return text


def _bind(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and _is_digits(port) and int(port) < 65536):
        raise ValueError("an address like 127.0.0.1:8080")
    return text


@dataclass(frozen=True)
class Settings:
    """What a process is told from outside, read once."""

    config_folder: Path | None = _setting(
        "GATEWAY_CONFIG",
        None,
        "Folder with catalog.yaml, routes/ and schemas/; default: the current folder, else the shipped example.",
        Path,
    )
    data_folder: Path = _setting(
        "GATEWAY_DATA", Path("data"), "Folder of the append-only file, the local inbox and the first token.", Path
    )
    bind: str = _setting("GATEWAY_BIND", "127.0.0.1:8080", "Address that the gateway listens on.", _bind)
    redis_url: str | None = _setting(
        "REDIS_URL",
        None,
        "The ledger's server (redis://, rediss:// or unix://); default: an embedded one.",
        _redis_url,
        is_secret=True,
    )
    durability: str = _setting(
        "GATEWAY_DURABILITY",
        "always",
        "always: what is acknowledged is on disk. relaxed: a power cut may lose the last second.",
        _durability,
    )
    web_processes: int = _setting("GATEWAY_WEB_PROCESSES", 1, "Processes that take requests.", _whole(1, 64))
    web_threads: int = _setting(
        "GATEWAY_WEB_THREADS",
        16,
        "Requests that one of them works on at once, besides posted events.",
        _whole(1, 512),
    )
    body_timeout: timedelta = _setting(
        "GATEWAY_BODY_TIMEOUT",
        timedelta(seconds=20),
        "How long a request's body may take; one that drips holds no thread, and is given up.",
        parse_duration,
    )
    max_waiting: int = _setting(
        "GATEWAY_MAX_WAITING",
        1_000_000,
        "Deliveries that may wait before further events are refused with 503.",
        _whole(1, 1_000_000_000),
    )
    workers: int = _setting("GATEWAY_WORKERS", 2, "Worker processes that `gateway up` starts.", _whole(1, 256))
    concurrency: int = _setting("GATEWAY_CONCURRENCY", 100, "Messages that one worker sends at once.", _whole(1, 512))
    drains_per_lane: int = _setting(
        "GATEWAY_DRAINS_PER_LANE", 4, "Workers that may share the backlog of one lane.", _whole(1, 256)
    )
    linger: timedelta = _setting(
        "GATEWAY_LINGER",
        timedelta(seconds=5),
        "How long a worker stays with a lane that has nothing to send, so that the next message starts at once.",
        _duration("0s", "1m"),
    )
    lease: timedelta = _setting(
        "GATEWAY_LEASE",
        timedelta(seconds=30),
        "When a worker that does not report loses its deliveries to another; at least twice the attempt timeout.",
        _duration("100ms", "1h"),
    )
    connect_timeout: timedelta = _setting(
        "GATEWAY_CONNECT_TIMEOUT",
        timedelta(seconds=5),
        "Longest wait for a connection to a provider.",
        _duration("10ms", "5m"),
    )
    attempt_timeout: timedelta = _setting(
        "GATEWAY_ATTEMPT_TIMEOUT", timedelta(seconds=15), "Longest time of one attempt.", _duration("10ms", "10m")
    )
    retention: timedelta = _setting(
        "GATEWAY_RETENTION",
        timedelta(days=7),
        "How long events and deliveries can be looked up; what still waits stays longer.",
        _duration("1m", "3650d"),
    )
    dead_retention: timedelta = _setting(
        "GATEWAY_DEAD_RETENTION", timedelta(days=30), "How long dead letters are kept.", _duration("1m", "3650d")
    )
    idempotency_window: timedelta = _setting(
        "GATEWAY_IDEMPOTENCY_WINDOW",
        timedelta(hours=24),
        "How long an Idempotency-Key gets the same answer; an event's id does while the event is kept.",
        _duration("1h", "7d"),
    )
    max_event_bytes: int = _setting(
        "GATEWAY_MAX_EVENT_BYTES", 256 * 1024, "Largest event.", _whole(1024, 16 * 1024 * 1024)
    )
    max_body_bytes: int = _setting(
        "GATEWAY_MAX_BODY_BYTES",
        8 * 1024 * 1024,
        "Largest request: an array of events.",
        _whole(1024, 256 * 1024 * 1024),
    )
    time_scale: float = _setting(
        "GATEWAY_TIME_SCALE", 1.0, "Factor of every wait before a retry; tests set 0.001.", _positive
    )
    log_level: str = _setting("GATEWAY_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.", _log_level)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], **overrides: Any) -> Settings:
        """Settings from *environ*; an override that is not None wins.

        Raises: SettingInvalid, naming the variable and what would be right.
        """
        values: dict[str, Any] = {}
        for one in fields(cls):
            variable = one.metadata["variable"]
            text = environ.get(variable, "")
            if overrides.get(one.name) is not None:
                values[one.name] = overrides[one.name]
            elif text:
                try:
                    values[one.name] = one.metadata["parse"](text)
                except ValueError as exc:
                    given = variable if one.metadata["is_secret"] else f"{variable}={text!r}"
                    raise SettingInvalid(f"{given}: expected {exc}") from None
        settings = cls(**values)
        if settings.lease < 2 * settings.attempt_timeout:
            raise SettingInvalid("GATEWAY_LEASE: expected at least twice the GATEWAY_ATTEMPT_TIMEOUT")
        return settings
