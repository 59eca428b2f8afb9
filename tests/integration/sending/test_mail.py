"""What a mail server gets: headers, both parts, and what the address of the target decides."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest

from gateway.messages import templates
from gateway.model import Brand, FieldValue, Message, MessageLink, Severity, Target
from gateway.sending.sender import Sender
from tests.support.builders import changed, event
from tests.support.receivers import LOCALHOST, Answer, Authority, Mail, Mailbox, TlsReceiver
from tests.support.recipients import CASES
from tests.support.senders import Build, by
from tests.support.shipped_config import shipped_config

BREACH = Message(
    title="SLA breached: #10482 Email not working",
    body="The **first response** is late.",
    severity=Severity.CRITICAL,
    link=MessageLink("Open ticket #10482", "https://psa.example.com/t/1?a=b&c=d"),
    short="SLA BREACHED #10482",
    customer="Keller & Sons Roofing",
    category="sla",
    category_title="SLA",
    source="psa",
    subject="58210443",
    subject_kind="ticket.id",
    brand=Brand(name="Summit IT Services"),
    reply_to="psa@example.com",
)


def to_ana(mailbox: Mailbox, **more: FieldValue) -> Target:
    fields: dict[str, FieldValue] = {"host": LOCALHOST, "port": mailbox.port, "from": "bot@example.com"}
    return by("mailto", {**fields, "targets": ("ana@example.com",), **more}, name="noc")


def sent(sender: Sender, message: Message, reply_to: str = "", **more: FieldValue) -> Mail:
    with Mailbox() as mailbox:
        target = replace(to_ana(mailbox, **more), reply_to=reply_to)
        assert sender.send(target, message, "d-7").is_delivered
        return mailbox.mails[0]


def test_a_mail_has_its_headers_once_and_both_parts(sender: Sender) -> None:
    mail = sent(sender, BREACH)
    headers = {name: value for name, value in mail.message.items() if name not in ("Date", "Content-Type")}
    assert len(headers) == len(mail.message.items()) - 2
    root = headers.pop("References")
    assert root == headers.pop("In-Reply-To")
    assert root.startswith("<conversation.")
    assert headers.pop("Thread-Index")
    assert headers == {
        "Subject": "Keller & Sons Roofing: SLA breached: #10482 Email not working",
        "From": "Summit IT Services <bot@example.com>",
        "To": "ana@example.com",
        "Reply-To": "psa@example.com",
        "Message-ID": "<d-7@example.com>",
        "List-Id": "SLA <sla.notifications.example.com>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Importance": "high",
        "X-Priority": "1 (Highest)",
        "X-Application": "Notification Gateway",
        "MIME-Version": "1.0",
    }
    assert mail.message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.message.iter_parts()] == ["text/plain", "text/html"]
    assert "Open ticket #10482:\nhttps://psa.example.com/t/1?a=b&c=d\n" in mail.text().replace("\r\n", "\n")
    assert "prefers-color-scheme: dark" in mail.html()
    assert ">Open ticket #10482</a>" in mail.html()


def test_what_the_address_says_wins_over_the_gateways_headers(sender: Sender) -> None:
    """Except for Reply-To, where the channel wins over the source, and the source over Apprise's `reply`."""
    assert sent(sender, replace(BREACH, reply_to=""), reply="old@example.com").message["Reply-To"] == "old@example.com"
    assert sent(sender, BREACH, reply="old@example.com").message.get_all("Reply-To") == ["psa@example.com"]
    assert sent(sender, BREACH, "noc@example.com").message.get_all("Reply-To") == ["noc@example.com"]


@pytest.mark.parametrize(
    ("fields", "brand", "sender_name"),
    [
        ({}, Brand(), "bot@example.com"),
        ({}, Brand("J\u00fcrgen & Co"), "J\u00fcrgen & Co <bot@example.com>"),
        ({"from": "NOC <bot@example.com>"}, Brand("Summit"), "NOC <bot@example.com>"),
        ({"from": "Notification Gateway <bot@example.com>"}, Brand("Summit"), "Summit <bot@example.com>"),
    ],
)
def test_the_brand_names_the_sender_where_the_address_does_not(
    sender: Sender, fields: dict[str, FieldValue], brand: Brand, sender_name: str
) -> None:
    assert sent(sender, replace(BREACH, brand=brand), **fields).message.get_all("From") == [sender_name]


def test_a_mail_as_text_and_copies_work_as_before(sender: Sender) -> None:
    mail = sent(sender, BREACH, format="text", cc=("boss@example.com",), bcc=("archive@example.com",))
    assert mail.message.get_content_type() == "text/plain"
    assert mail.recipients == ("ana@example.com", "boss@example.com", "archive@example.com")
    assert mail.message["Cc"] == "boss@example.com"
    assert mail.message["Bcc"] is None
    text = mail.message.get_content()
    assert text.startswith("SLA breached: #10482 Email not working")
    assert "The first response is late." in text
    assert mail.message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("title", ["x\r\nBcc: evil@x.example", "x\u2028Bcc: evil@x.example", "\u00e9" * 500])
def test_no_text_of_an_event_becomes_a_header(sender: Sender, title: str) -> None:
    changes = dict.fromkeys(("title", "short", "customer", "category_title", "source", "subject"), title)
    mail = sent(sender, replace(BREACH, **changes))  # type: ignore[arg-type] # all of them are text
    assert isinstance(mail.message, EmailMessage)
    assert mail.message["Bcc"] is None
    assert mail.recipients == ("ana@example.com",)
    assert len(mail.message.get_all("Subject")) == 1
    assert max(map(len, mail.message.as_bytes().splitlines())) <= 300


@pytest.mark.parametrize(
    ("service", "host", "status"),
    [
        ("sendgrid", "api.sendgrid.com", 202),
        ("postmark", "api.postmarkapp.com", 200),
        ("brevo", "api.brevo.com", 201),
        ("mailgun", "api.mailgun.net", 200),
    ],
)
def test_a_mail_api_gets_html_text_and_the_conversation(
    build: Build, authority: Authority, service: str, host: str, status: int
) -> None:
    """As its plugin of this release writes its requests."""
    fields = next(case.fields for case in CASES if case.service == service)
    with TlsReceiver(authority, host, answer=Answer(status, "{}")) as provider:
        assert build(provider.resolve).send(by(service, dict(fields), "ana@example.com"), BREACH, "d").is_delivered
        request = provider.requests[0]
    body = request.form() if service == "mailgun" else request.json()
    for text in ("prefers-color-scheme", "CRITICAL - SLA", "<conversation.", "@example.com>", "psa@example.com"):
        assert text in str(body), text


def test_a_mail_server_takes_mails_with_extreme_data(sender: Sender) -> None:
    catalog = shipped_config().catalog
    event_types = [event_type for event_type in catalog.events.values() if not event_type.is_fact][::5]
    with Mailbox() as mailbox:
        target = to_ana(mailbox)
        for event_type in event_types:
            data = changed(dict(event_type.example), "\u4f60<b>&\u202e " * 300)
            message = templates.render(event_type.message, event(data, type=event_type.name), ["because"])
            assert sender.send(target, message, "d").is_delivered
        mails = mailbox.mails
    assert len(mails) == len(event_types)
    for mail in mails:
        assert [part.get_content_type() for part in mail.message.iter_parts()] == ["text/plain", "text/html"]
        assert not mail.message.defects
        assert max(map(len, mail.message.as_bytes().splitlines())) <= 998
