"""A message reaches those whom the configuration names, and nobody else."""

from __future__ import annotations

import pytest

from gateway.model import Address, Secret, Target
from gateway.sending.address.recipients import narrowed, recipients_of
from gateway.sending.sender import Sender
from tests.support.receivers import LOCALHOST, Answer, Authority, Mailbox, TlsReceiver
from tests.support.recipients import CASES
from tests.support.senders import Build, by, message


def mail(mailbox: Mailbox, recipient: str) -> Target:
    return by("mailto", {"host": LOCALHOST, "port": mailbox.port, "from": "bot@example.com"}, recipient)


@pytest.mark.parametrize(
    ("recipient", "envelope"),
    [
        ("o'neil@example.com", "o'neil@example.com"),
        ("d'arcy.o'neil+x@example.com", "d'arcy.o'neil+x@example.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("user@пример.рф", "user@xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_a_mail_goes_to_the_whole_address(sender: Sender, recipient: str, envelope: str) -> None:
    with Mailbox() as mailbox:
        assert sender.send(mail(mailbox, recipient), message(), "d").is_delivered
        assert [taken.recipients for taken in mailbox.mails] == [(envelope,)]
        assert mailbox.mails[0].message["To"] == envelope


def test_a_sender_with_an_apostrophe_stays_whole(sender: Sender) -> None:
    with Mailbox() as mailbox:
        target = by("mailto", {"host": LOCALHOST, "port": mailbox.port, "from": "o'neil@example.com"}, "a@b.example")
        assert sender.send(target, message(), "d").is_delivered
        assert mailbox.mails[0].sender == "o'neil@example.com"


def test_one_refused_recipient_of_a_mail_costs_the_others_nothing(sender: Sender) -> None:
    with Mailbox() as mailbox:
        fields = {"host": LOCALHOST, "port": mailbox.port, "from": "bot@example.com"}
        address = Address("mailto", {**fields, "targets": ("a@example.com",), "cc": "c@example.com"})
        mailbox.recipient_replies.append("550 5.1.1 unknown")
        results = [
            sender.send(Target(recipient, "channel/m", narrowed(address, recipient)), message(), "d").is_delivered
            for recipient in recipients_of(address)
        ]
        assert results == [False, True]
        assert [taken.recipients for taken in mailbox.mails] == [("c@example.com",)]


@pytest.mark.parametrize(
    ("service", "host", "status"),
    [("sendgrid", "api.sendgrid.com", 202), ("postmark", "api.postmarkapp.com", 200), ("brevo", "api.brevo.com", 201)],
)
def test_a_mail_service_is_told_the_whole_address(
    build: Build, authority: Authority, service: str, host: str, status: int
) -> None:
    fields = next(case.fields for case in CASES if case.service == service)
    with TlsReceiver(authority, host, answer=Answer(status, "{}")) as provider:
        target = Target("ana/email", "provider/email", Address(service, fields, recipient=Secret("o'neil@example.com")))
        assert build(provider.resolve).send(target, message(), "d").is_delivered
        assert "o'neil@example.com" in provider.requests[0].body.decode()
        assert '"neil@example.com' not in provider.requests[0].body.decode()
