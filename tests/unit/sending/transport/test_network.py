from __future__ import annotations

import pytest

from gateway.errors import SettingInvalid
from gateway.sending.transport.network import Connector, ForbiddenAddress, parse_resolve


def test_names_lead_where_they_are_told() -> None:
    assert parse_resolve("a.example:443=127.0.0.1:8443, b.example:80=::1:81,") == {
        ("a.example", 443): ("127.0.0.1", 8443),
        ("b.example", 80): ("::1", 81),
    }


@pytest.mark.parametrize("text", ["a.example=127.0.0.1:80", "a.example:80", "a.example:80=:81", "a:http=b:80"])
def test_what_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(SettingInvalid, match="expected host:port=host:port"):
        parse_resolve(text)


def test_a_link_local_address_is_refused_before_it_is_tried() -> None:
    with pytest.raises(ForbiddenAddress):
        Connector(1, {("a.example", 80): ("169.254.169.254", 80)}).open_socket("a.example", 80)


@pytest.mark.parametrize("host", ["a..example", "a" * 64])
def test_what_is_no_host_name_is_an_error_of_the_network(host: str) -> None:
    with pytest.raises(OSError, match="no host name"):
        Connector(1, {}).open_socket(host, 80)
