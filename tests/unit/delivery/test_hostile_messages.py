"""Whatever an event says, in every part of a message: something arrives, nobody is mentioned, and nothing runs."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from gateway.cli.gallery import KINDS
from gateway.delivery.preview import preview
from gateway.model import Config
from gateway.sending.recording import RecordingSender, Request
from tests.support.builders import config

NOW = datetime(2026, 11, 24, 16, 45, tzinfo=UTC)
FACTS = ", ".join(f'{{label: "Fact {number}", value: "{{{{ x }}}}"}}' for number in range(60))
CATALOG = f"""
version: 1
categories: {{things: {{title: Things}}}}
events:
  thing.happened:
    category: things
    title: It happened
    severity: critical
    subject: x
    customer: customer
    data:
      type: object
      properties:
        x: {{type: string}}
        url: {{type: string}}
        customer: {{type: object, properties: {{name: {{type: string}}}}}}
    message:
      title: "{{{{ x | default('nothing') }}}}"
      body: "It says {{{{ x | default('nothing') }}}} and ends."
      facts: [{FACTS}]
      link: {{label: "Open {{{{ x }}}}", url: "{{{{ url }}}}"}}
      short: "{{{{ x | default('nothing') }}}}"
    example: {{x: a}}
    notifications: {{any: {{title: It happened}}}}
"""
VALUES: dict[str, Any] = {
    "long": "word " * 15_000,
    "one word": "x" * 70_000,
    "four bytes": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001d54f" * 100,
    "joiners and right to left": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647 \u202eevil\u202c \u05e9\u05dc\u05d5",
    "mentions": "@everyone @here <!channel> <!everyone> <@U1> <at>all</at> @all <users/all> @room",
    "markup": "*b* _i_ `c` **s** ~x~ [y](javascript:alert(1)) <https://evil.example|x> # h\n- i\n> q\n```\ncode\n```",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;</td></table><!-- ",
    "control": "a\x00b\x1b[31m\r\nBcc: evil@example.com\r\n\r\nbody\u2028x",
    "empty": "",
    "null": None,
}


@pytest.fixture(scope="module")
def built() -> Config:
    return config(
        "channels: {noc: {service: inbox}}\nroutes: [{name: r, notify: [thing.happened.any], to: [noc]}]", CATALOG
    )


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingSender]:
    sender = RecordingSender(tmp_path_factory.mktemp("data"))
    yield sender
    sender.close()


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for element in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(element)


def texts_of(request: Request) -> list[str]:
    """Every text of a request, decoded."""
    if not request.url:
        mail = email.message_from_bytes(request.body, policy=email.policy.default)
        parts = [part for kind in ("plain", "html") if (part := mail.get_body((kind,)))]
        assert mail["Bcc"] is None
        return [str(mail["Subject"]), *(str(part.get_content()) for part in parts)]
    body = request.body.decode()
    return list(texts(json.loads(body) if body.startswith("{") else dict(parse_qsl(body))))


@pytest.mark.parametrize("name", VALUES)
def test_it_arrives_everywhere_and_neither_mentions_nor_runs(built: Config, sender: RecordingSender, name: str) -> None:
    row = built.catalog.notifications["thing.happened.any"]
    data = {"x": VALUES[name], "url": VALUES[name], "customer": {"name": VALUES[name]}}
    for kind in KINDS:
        shown = preview(row, kind, built, sender, NOW, data=data)
        assert shown.requests, kind
        assert not shown.fault, kind
        assert shown.message.link is None, "what is no web address is no link"
        if kind == "event":
            continue  # a program gets the data as they were posted
        for text in (text for request in shown.requests for text in texts_of(request)):
            lowered = text.casefold()
            is_chat = kind in ("slack", "teams", "discord", "telegram", "mattermost")
            for mention in ("@everyone", "<!channel>", "<@u1>", "<at>") if is_chat else ():
                assert mention not in lowered, (kind, mention)
            assert "\u202e" not in text, kind
            assert "\x00" not in text, kind
            is_html = lowered.startswith("<!doctype") or kind in ("telegram", "pushover")
            assert not is_html or "<script" not in lowered, kind


def test_facts_that_are_missing_leave_no_trace(built: Config, sender: RecordingSender) -> None:
    row = built.catalog.notifications["thing.happened.any"]
    for kind in KINDS:
        shown = preview(row, kind, built, sender, NOW, data={})
        assert shown.message.facts == ()
        assert not any("Fact 1" in text or "None" in text for request in shown.requests for text in texts_of(request))


def test_all_sixty_facts_are_in_a_mail_and_in_the_event(built: Config, sender: RecordingSender) -> None:
    row = built.catalog.notifications["thing.happened.any"]
    for kind in ("mail", "event"):
        shown = preview(row, kind, built, sender, NOW, data={"x": "v"})
        text = "\n".join(text for request in shown.requests for text in texts_of(request))
        assert all(f"Fact {number}" in text for number in range(60)), kind
