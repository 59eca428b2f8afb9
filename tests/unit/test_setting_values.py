"""How values of settings are written, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway import setting_values as values


def test_names_lead_to_other_addresses() -> None:
    assert values.resolve("a.example:443=127.0.0.1:8443, b.example:80=[::1]:81,") == {
        ("a.example", 443): ("127.0.0.1", 8443),
        ("b.example", 80): ("::1", 81),
    }


@pytest.mark.parametrize("text", ["a.example=127.0.0.1:80", "a.example:80", "a.example:80=:81", "a:http=b:80", "x"])
def test_what_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT=HOST:PORT"):
        values.resolve(text)


def test_a_choice_does_not_depend_on_case() -> None:
    assert values.choice("DEBUG", "INFO")("info") == "INFO"
    with pytest.raises(ValueError, match="DEBUG or INFO"):
        values.choice("DEBUG", "INFO")("loud")


@pytest.mark.parametrize("text", ["localhost:8080", "ftp://host", "http://", "https:///", "//host"])
def test_the_url_of_a_gateway_is_one_of_http(text: str) -> None:
    with pytest.raises(ValueError, match="http://HOST:PORT"):
        values.http_url(text)


def test_a_url_has_no_slash_at_its_end() -> None:
    assert values.http_url("https://gateway.example/") == "https://gateway.example"


@pytest.mark.parametrize("text", ["ngw_x\nHost: evil", "ngw_\u00fc", "two words"])
def test_a_token_fits_into_a_header(text: str) -> None:
    with pytest.raises(ValueError, match="gateway token"):
        values.token(text)


def test_a_path_must_exist(tmp_path: Path) -> None:
    assert values.existing_path(str(tmp_path)) == tmp_path
    with pytest.raises(ValueError, match="exists"):
        values.existing_path(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("text", ["http://proxy.example:3128", "http://us%40er:p%2Fss@10.0.0.1:3128/"])
def test_a_proxy_is_a_url(text: str) -> None:
    assert values.proxy_url(text) == text


@pytest.mark.parametrize(
    "text", ["proxy.example:3128", "https://proxy.example", "socks5://h:1", "http://", "http://h:x"]
)
def test_another_proxy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="http://HOST:PORT"):
        values.proxy_url(text)


def test_hosts_without_a_proxy_are_a_list() -> None:
    assert values.proxy_exemptions("Corp.example, *.lan,.home, 10.0.0.0/8") == (
        "corp.example",
        "lan",
        "home",
        "10.0.0.0/8",
    )
