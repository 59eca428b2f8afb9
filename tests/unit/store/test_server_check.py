"""What a server says of itself decides whether it can serve."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.store.server_check import why_unsuitable

PRIMARY = {"redis_version": "7.2.4", "role": "master", "cluster_enabled": 0}


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"redis_version": "6.2.14"}, "version 6.2.14 of the ledger's server is too old: use 7.0 or later"),
        ({"redis_version": "7.2.4", "valkey_version": "6.0.0"}, "too old"),
        ({"cluster_enabled": 1}, "cluster mode"),
        ({"role": "slave", "slave_read_only": 1}, "read-only replica"),
        ({"role": "slave", "slave_read_only": 0}, "a replica, which loses what is written to it"),
    ],
)
def test_a_server_that_cannot_serve(info: dict[str, Any], words: str) -> None:
    assert words in str(why_unsuitable({**PRIMARY, **info}))


@pytest.mark.parametrize(
    "info", [{}, {"redis_version": "7.0.0"}, {"redis_version": "7.2.4", "valkey_version": "9.1.2"}]
)
def test_a_suitable_server_is_accepted(info: dict[str, Any]) -> None:
    assert why_unsuitable({**PRIMARY, **info}) is None
