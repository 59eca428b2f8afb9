"""Mail over a real SMTP server: logins and addresses with any character, and what each recipient was answered."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest

from gateway.sending.transport.deadline import AttemptTrace, Deadlines
from gateway.sending.transport.faults import Fault, TransportFault
from gateway.sending.transport.network import Connector
from gateway.sending.transport.smtp import SmtpTransport
from gateway.sending.transport.smtp_session import Server
from tests.integration.sending.conftest import LOCAL_RECEIVERS
from tests.support.receivers import LOCALHOST, Mailbox

ANA, BOB = "ana@example.com", "bob@example.com"
MESSAGE = "Subject: hello\n\nDear all\n.\nbye\n"


@pytest.fixture
def transport() -> Iterator[SmtpTransport]:
    transport = SmtpTransport(Connector(2, {}, policy=lambda: LOCAL_RECEIVERS))
    yield transport
    transport.close()


@pytest.fixture
def trace() -> Iterator[AttemptTrace]:
    deadlines = Deadlines()
    with deadlines.attempt("d-1", 5) as trace:
        yield trace
    deadlines.close()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize(
    ("user", "password"),
    [("bot@example.com", "pässwört"), ("bot@example.com", "пароль 密码 🔑"), ("bøt", "p\"a\\s's %=+&")],
)
def test_a_login_takes_any_character(
    transport: SmtpTransport, trace: AttemptTrace, mechanism: str, user: str, password: str
) -> None:
    with Mailbox(user=user, password=password, mechanism=mechanism) as mailbox:
        server = Server(LOCALHOST, mailbox.port, is_tls=False, login=(user, password))
        assert transport.send(server, "bot@example.com", [ANA], MESSAGE) == {}
        assert mailbox.mails[0].recipients == (ANA,)
    assert trace.smtp_code == 250


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_wrong_password_is_a_code_and_not_a_fault(
    transport: SmtpTransport, trace: AttemptTrace, mechanism: str
) -> None:
    with Mailbox(user="bot", password="right", mechanism=mechanism) as mailbox:
        server = Server(LOCALHOST, mailbox.port, is_tls=False, login=("bot", "fälsch"))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            transport.send(server, "bot@example.com", [ANA], MESSAGE)
    assert (trace.smtp_code, trace.fault) == (535, None)


def test_an_address_beyond_ascii_goes_to_a_server_that_offers_smtputf8(
    transport: SmtpTransport, trace: AttemptTrace
) -> None:
    with Mailbox() as mailbox:
        server = Server(LOCALHOST, mailbox.port, is_tls=False)
        transport.send(server, "bøt@example.com", ["jürgen@example.com"], MESSAGE)
        transport.send(server, "bot@example.com", [ANA], MESSAGE)
        first, second = mailbox.mails
    assert (first.sender, first.recipients) == ("bøt@example.com", ("jürgen@example.com",))
    assert (second.sender, second.recipients) == ("bot@example.com", (ANA,))
    assert trace.smtp_code == 250


def test_an_address_beyond_ascii_is_refused_in_a_sentence_without_smtputf8(
    transport: SmtpTransport, trace: AttemptTrace
) -> None:
    with Mailbox(has_smtputf8=False) as mailbox:
        with pytest.raises(TransportFault):
            transport.send(Server(LOCALHOST, mailbox.port, is_tls=False), "b@example.com", ["jürgen@example.com"], "x")
        assert mailbox.mails == []
    assert trace.fault is Fault.UNSUPPORTED
    assert trace.fault_detail == (
        "the mail server takes no addresses with characters beyond ASCII (it does not offer SMTPUTF8)"
    )


@pytest.mark.parametrize(("reply", "code"), [("550 5.1.1 no such user", 550), ("452 4.2.2 full", 452)])
def test_a_recipient_who_is_refused_is_a_code_and_not_a_fault(
    transport: SmtpTransport, trace: AttemptTrace, reply: str, code: int
) -> None:
    """And the conversation goes on: the next message takes the same connection."""
    with Mailbox() as mailbox:
        server = Server(LOCALHOST, mailbox.port, is_tls=False)
        mailbox.recipient_replies = [reply]
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            transport.send(server, "bot@example.com", [BOB], MESSAGE)
        assert (trace.smtp_code, trace.answer, trace.fault) == (code, reply.partition(" ")[2], None)
        assert transport.send(server, "bot@example.com", [ANA], MESSAGE) == {}
        assert [mail.recipients for mail in mailbox.mails] == [(ANA,)]
        assert mailbox.connections == 1


def test_nobody_has_accepted_a_message_that_was_refused_as_a_whole(
    transport: SmtpTransport, trace: AttemptTrace
) -> None:
    with Mailbox() as mailbox:
        mailbox.replies = ["554 5.7.1 no spam"]
        with pytest.raises(smtplib.SMTPDataError):
            transport.send(Server(LOCALHOST, mailbox.port, is_tls=False), "bot@example.com", [ANA, BOB], MESSAGE)
    assert trace.smtp_code == 554


def test_a_message_arrives_as_it_is(transport: SmtpTransport, trace: AttemptTrace) -> None:
    with Mailbox() as mailbox:
        server = Server(LOCALHOST, mailbox.port, is_tls=False)
        transport.send(server, "bot@example.com", [ANA], "Subject: x\r\n\r\n.one\n..two\r\nthree\rfour\n")
        body = mailbox.mails[0].message.get_payload()
    assert str(body).splitlines() == [".one", "..two", "three", "four"]
