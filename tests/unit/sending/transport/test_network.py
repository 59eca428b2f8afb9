from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import SettingInvalid
from gateway.sending.transport.network import Connector, ForbiddenAddress


def test_a_link_local_address_is_refused_before_it_is_tried() -> None:
    with pytest.raises(ForbiddenAddress):
        Connector(1, {("a.example", 80): ("169.254.169.254", 80)}).open_socket("a.example", 80)


@pytest.mark.parametrize("host", ["a..example", "a" * 64])
def test_what_is_no_host_name_is_an_error_of_the_network(host: str) -> None:
    with pytest.raises(OSError, match="no host name"):
        Connector(1, {}).open_socket(host, 80)


def test_a_bundle_without_certificates_is_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")

    with pytest.raises(SettingInvalid, match=r"empty\.pem holds no certificates"):
        Connector(1, {}, tmp_path / "empty.pem")
