from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import SettingInvalid
from gateway.sending.transport.faults import Fault, TransportFault
from gateway.sending.transport.network import Connector


def test_a_link_local_address_is_refused_before_it_is_tried() -> None:
    with pytest.raises(TransportFault, match="link-local") as raised:
        Connector(1, {("a.example", 80): ("169.254.169.254", 80)}).open_socket("a.example", 80)
    assert raised.value.fault is Fault.FORBIDDEN


@pytest.mark.parametrize("host", ["a..example", "a" * 64])
def test_a_text_that_is_not_a_host_name_is_a_fault(host: str) -> None:
    with pytest.raises(TransportFault, match="is not a host name") as raised:
        Connector(1, {}).open_socket(host, 80)
    assert raised.value.fault is Fault.MALFORMED


def test_a_bundle_without_certificates_is_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")

    with pytest.raises(SettingInvalid, match=r"empty\.pem holds no certificates"):
        Connector(1, {}, tmp_path / "empty.pem")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"]
)
def test_an_address_is_checked_however_it_is_written(host: str) -> None:
    with pytest.raises(TransportFault, match=r"add it to network\.allow") as raised:
        Connector(1, {}).open_socket(host, 80)
    assert raised.value.fault is Fault.FORBIDDEN
