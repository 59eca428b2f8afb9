"""What `gateway/sending/` relies on in Apprise beyond its documentation."""

from __future__ import annotations

import inspect
import logging
from pathlib import Path
from typing import Any
from unittest.mock import patch

import apprise
import pytest
import requests
from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.manager_plugins import NotificationManager
from apprise.plugins import details, url_to_dict
from apprise.plugins.email import base as email_base
from apprise.plugins.email import smtp as email_smtp
from apprise.utils import parse

from gateway.messages import cards
from gateway.messages.cards import CardKind, CardStyle
from gateway.model import Message, Severity
from tests.support.cards import ADDRESSES, requests_of

JSON = "json://127.0.0.1:9/in"


def plugin(url: str = JSON) -> Any:
    return Apprise.instantiate(url, asset=AppriseAsset(async_mode=False, http_redirects=False))


def test_the_registry_names_a_class_for_each_service() -> None:
    registry: Any = NotificationManager()  # type: ignore[no-untyped-call]
    registry.load_modules()

    assert {"slack", "json", "mailtos", "twilio", "workflows"} <= set(registry.schemas())
    assert registry["json"].service_name


def test_a_service_describes_its_address() -> None:
    registry: Any = NotificationManager()  # type: ignore[no-untyped-call]

    assert {"templates", "tokens", "args", "kwargs"} <= details(registry["slack"]).keys()


def test_a_url_becomes_arguments_and_these_a_plugin() -> None:
    arguments = url_to_dict(JSON)

    assert arguments is not None
    assert Apprise.instantiate(dict(arguments)) is not None


@pytest.mark.parametrize(
    "name",
    ["request_rate_per_sec", "throttle", "verify_certificate", "redirects", "retry", "optional", "interpret_emojis"],
)
def test_a_plugin_has_the_policy_that_we_replace(name: str) -> None:
    assert hasattr(plugin(), name)


def test_a_pause_between_messages_is_the_plugins_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    subject = plugin()
    subject.throttle = lambda *given, **named: calls.append("throttle")
    for name in ("requests.api.request", "requests.request"):
        monkeypatch.setattr(name, lambda *given, **named: calls.append("request") or _ok())

    assert subject.notify(body="x")
    assert calls == ["throttle", "request"]


def _ok() -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    return response


def test_a_plugin_says_among_which_formats_it_chooses() -> None:
    slack = plugin("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/")

    assert set(slack._formats()) <= set(NotifyFormat)
    changes = [
        f"{path.name}:{number}"
        for path in (Path(apprise.__file__).parent / "plugins").rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if "self.notify_format = " in line
    ]
    assert len(changes) == 1, "`instantiate` asks a plugin once, since only the constructor in base.py changes them"
    assert plugin(f"{JSON}?format=markdown")._format_override == NotifyFormat.MARKDOWN
    assert plugin()._format_override is None


def test_three_services_write_their_markup_by_a_method_that_we_replace() -> None:
    for url in (
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "tgram://123456789:abcdefg_hijklmnop/12315544",
        "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@tttttttttttttttttttttttttttttt",
    ):
        assert callable(plugin(url).dialect_convert)


@pytest.mark.parametrize("kind", CardKind)
def test_a_plugin_posts_one_object_with_its_text_where_a_card_is_put(kind: CardKind) -> None:
    message = Message("Title", "Body", Severity.CRITICAL)
    card = cards.build(message, CardStyle(kind))
    with patch("tests.support.cards.with_card", lambda _card, _url, arguments: arguments):
        (posted,) = requests_of(ADDRESSES[kind], message)
    assert card.text_field in posted["payload"]
    assert "Title" in str(posted["payload"])


def test_discord_and_slack_say_what_a_card_goes_by() -> None:
    discord = plugin("discord://123456/abc-DEF_1?ping=@everyone&flags=4")
    assert discord.ping_payload(" ".join(discord.ping))["content"] == "\U0001f449 @everyone"
    assert discord.flags == 4
    assert plugin("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?blocks=yes").use_blocks
    assert plugin("https://hooks.slack.com/workflows/T1JJ3T3L2/A1BRTD4JD/123456789/abcDEF").mode == "workflow"


@pytest.mark.parametrize("name", ["GET_EMAIL_RE", "EMAIL_DETECTION_RE"])
def test_addresses_are_read_by_patterns_that_we_replace(name: str) -> None:
    assert hasattr(getattr(parse, name), "match")


def test_mail_goes_through_names_of_its_module_that_we_replace() -> None:
    assert hasattr(email_smtp, "smtplib")
    assert hasattr(email_smtp, "ssl")
    assert callable(email_base.convert_between)
    assert list(inspect.signature(apprise.conversion.convert_between).parameters)[:3] == [
        "from_format",
        "to_format",
        "content",
    ]


def test_a_refused_address_is_explained_in_the_log() -> None:
    logger = logging.getLogger("apprise")
    texts: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: texts.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    try:
        assert plugin("slack://too/short") is None
    finally:
        logger.removeHandler(handler)
    assert texts
