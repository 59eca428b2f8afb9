"""Requests of mail APIs: the plain text beside the HTML, and headers, where each API takes them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.sending.mail_request import with_mail

HEADERS = {
    "From": "Summit <bot@example.com>",
    "Subject": "s", "References": "<c@{}>", "X-Auto-Response-Suppress": "All", "Importance": "high",
    "List-Id": "T\n <t.{}>", "Reply-To": "desk@example.com",
}  # fmt: skip


def headers_for(sender: str) -> dict[str, str]:
    return {name: value.format(sender.rpartition("@")[2]) for name, value in HEADERS.items()}


CUSTOM = {
    "References": "<c@example.com>", "X-Auto-Response-Suppress": "All", "Importance": "high",
    "List-Id": "T <t.example.com>",
}  # fmt: skip
HTML, TEXT = "<p>x</p>", "x"
JSON_CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "sendgrid": (
        {"from": {"email": "bot@example.com"}, "content": [{"type": "text/html", "value": HTML}]},
        {
            "from": {"email": "bot@example.com"},
            "content": [{"type": "text/plain", "value": TEXT}, {"type": "text/html", "value": HTML}],
            "headers": CUSTOM,
            "reply_to": {"email": "desk@example.com"},
        },
    ),
    "postmark": (
        {"From": "Bot <bot@example.com>", "HtmlBody": HTML, "ReplyTo": "old@example.com"},
        {
            "From": "Bot <bot@example.com>",
            "HtmlBody": HTML,
            "TextBody": TEXT,
            "Headers": [{"Name": name, "Value": value} for name, value in CUSTOM.items()],
            "ReplyTo": "desk@example.com",
        },
    ),
    "brevo": (
        {"sender": {"name": "B", "email": "bot@example.com"}, "htmlContent": HTML, "textContent": "made of HTML"},
        {
            "sender": {"name": "B", "email": "bot@example.com"},
            "htmlContent": HTML,
            "textContent": TEXT,
            "headers": CUSTOM,
            "replyTo": {"email": "desk@example.com"},
        },
    ),
    "resend": (
        {"from": "Bot <bot@example.com>", "html": HTML},
        {
            "from": "Bot <bot@example.com>",
            "html": HTML,
            "text": TEXT,
            "headers": CUSTOM,
            "reply_to": "desk@example.com",
        },
    ),
    "o365": (
        {"message": {"subject": "s", "body": {"contentType": "HTML", "content": HTML}}, "saveToSentItems": "true"},
        {
            "message": {
                "subject": "s",
                "body": {"contentType": "HTML", "content": HTML},
                "internetMessageHeaders": [{"name": "X-Auto-Response-Suppress", "value": "All"}],
                "importance": "high",
                "replyTo": [{"emailAddress": {"address": "desk@example.com"}}],
            },
            "saveToSentItems": "true",
        },
    ),
}


@pytest.mark.parametrize("service", JSON_CASES)
def test_a_mail_api_gets_text_and_headers_where_it_takes_them(service: str) -> None:
    before, after = JSON_CASES[service]
    changed = with_mail(service, TEXT, headers_for, "https://api.example", {"data": orjson.dumps(before), "timeout": 4})
    assert orjson.loads(changed["data"]) == after
    assert changed["timeout"] == 4


def test_mailgun_gets_them_as_fields_of_its_form_and_keeps_headers_of_the_address() -> None:
    form = {"from": "Bot <bot@example.com>", "html": HTML, "h:Importance": "low"}
    changed = with_mail("mailgun", TEXT, headers_for, "https://api.example", {"data": form})
    custom = {f"h:{name}": value for name, value in CUSTOM.items()}
    reply_to = {"h:Reply-To": "desk@example.com"}
    assert changed["data"] == {**form, "text": TEXT, **custom, **reply_to, "h:Importance": "low"}


@pytest.mark.parametrize("service", [*JSON_CASES, "mailgun", "ses"])
@pytest.mark.parametrize("data", [None, b"grant_type=password", b"[]", {"grant_type": "password"}, b'{"id": 1}'])
def test_another_request_of_the_plugin_stays_as_it_is(service: str, data: Any) -> None:
    arguments = {"data": data}
    assert with_mail(service, TEXT, headers_for, "https://login.example", arguments) is arguments
