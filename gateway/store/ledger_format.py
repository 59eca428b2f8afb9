"""The version of the ledger's format: who may work with what another version of the gateway has written.

The rule for changes is in docs/decisions/0024-the-ledger-has-a-format.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import redis

from gateway.store import keys
from gateway.store.client import Script, translated

FORMAT = 1
"""The format that this program writes. A ledger without a number has format 1."""
OLDEST_READER = 1
"""The oldest format whose programs can work with what this program writes: FORMAT - 1, once there is one."""
FIELDS = ("format", "oldest_reader")

DECLARE_FORMAT = Script("declare_format")


class FormatKeys(NamedTuple):
    """declare_format.lua"""

    format: str = keys.FORMAT


class FormatArgs(NamedTuple):
    """declare_format.lua"""

    format: int
    oldest_reader: int


def describe_newer_format(stored: Sequence[str | None], own_format: int = FORMAT) -> str | None:
    """Why a program of the format *own_format* must not use a ledger whose FIELDS are *stored*; None if it may."""
    written, oldest_reader = (int(value or 1) for value in stored)
    if oldest_reader <= own_format:
        return None
    return (
        f"a newer gateway has written the ledger (format {written}, for programs of format {oldest_reader} and later),"
        f" and this one has format {own_format}: update it, or name another database in REDIS_URL"
    )


def declare_format(client: redis.Redis) -> None:
    """Records in the ledger that this program has written it, unless a newer one has. Raises: StoreUnavailable."""
    with translated("declaring the format of the ledger"):
        DECLARE_FORMAT.call(client, FormatKeys(), FormatArgs(FORMAT, OLDEST_READER))
