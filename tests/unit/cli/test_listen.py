"""The address on which the web server listens, as a system that refuses it says."""

from __future__ import annotations

import errno
import os

import pytest

from gateway.cli import listen
from gateway.errors import SettingInvalid
from gateway.host_port import HostPort


def refuse(monkeypatch: pytest.MonkeyPatch, faults: dict[int, int]) -> None:
    """Lets the system refuse ports with these errors; every other port is free."""

    def probe(bind: HostPort) -> HostPort:
        if number := faults.get(bind.port):
            raise OSError(number, os.strerror(number))
        return bind

    monkeypatch.setattr(listen, "_probe", probe)


def test_the_next_free_port_takes_the_place_of_one_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, {8080: errno.EADDRINUSE, 8081: errno.EADDRINUSE})
    assert listen.next_free_address(HostPort("127.0.0.1", 8080)).port == 8082


def test_a_port_that_is_refused_for_another_reason_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Port 1010 needs root, and 1030 does not; whoever asked for 1010 is told so."""
    refuse(monkeypatch, dict.fromkeys(range(1, 1024), errno.EACCES))
    with pytest.raises(SettingInvalid, match=r"127\.0\.0\.1:1010: the system does not allow it"):
        listen.next_free_address(HostPort("127.0.0.1", 1010))


def test_when_all_are_taken_the_last_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, dict.fromkeys(range(8080, 8200), errno.EADDRINUSE))
    with pytest.raises(SettingInvalid, match=r"127\.0\.0\.1:8100: another program listens there already"):
        listen.next_free_address(HostPort("127.0.0.1", 8080))
