"""SMTP below Apprise: pooled connections, and the mail client that Apprise's e-mail plugin uses.

The plugin logs in for each message and hides the reply codes. Inside an attempt it gets a conversation that uses a
pooled connection, if there is one for the same server and login. The codes are written into the trace, since a mailbox
that is full (4yz) differs from one that does not exist (5yz).
"""

from __future__ import annotations

import re
import smtplib
from dataclasses import replace
from typing import Any

from gateway.sending import apprise_api
from gateway.sending.transport.deadline import AttemptTrace, current_trace
from gateway.sending.transport.network import Connector
from gateway.sending.transport.pool import ConnectionPool
from gateway.sending.transport.smtp_session import Server, SmtpSession

MAX_IDLE_S = 30.0
MAX_IDLE = 16
"""How many pooled connections one server and login may have."""
MAX_SERVERS = 256
HEADER_FIELD = re.compile(r"^\S.*(?:\n[ \t].*)*", re.MULTILINE)
"""With its continuation lines (RFC 5322, 2.2.3)."""
UNNAMED_SENDER = re.compile(rf"From: (?:{apprise_api.ASSET.app_id} <[^<>]*>|[^<>\s]*)")
"""The name that Apprise writes if nobody has chosen one."""
REPLACED = frozenset({"message-id", "reply-to", "subject"})


class SmtpTransport:
    """The connections to mail servers. Safe in threads."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._pool: ConnectionPool[Server, SmtpSession] = ConnectionPool(
            max_keys=MAX_SERVERS, max_per_key=MAX_IDLE, max_idle_s=MAX_IDLE_S
        )

    def send(self, server: Server, sender: str, recipients: list[str], message: str) -> Any:
        """Like `smtplib.SMTP.sendmail`. Raises: OSError, which includes all errors of smtplib."""
        policy = self._connector.policy()
        session = self._pool.take_usable(server, lambda idle: idle.policy == policy and idle.is_usable())
        if session is None:
            session = SmtpSession(self._connector, server)
            session.begin()
        try:
            return session.deliver(sender, recipients, message)
        except OSError as exc:
            if not isinstance(exc, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
                session.close()  # the conversation is broken; after a mere refusal it continues
            raise
        finally:
            if session.sock is None:
                session.close()
            else:
                self._pool.give_back(server, session)

    def close(self) -> None:
        self._pool.close()


class _Conversation:
    """Takes the place of `smtplib.SMTP`: it remembers the calls, and carries them out when there is a message."""

    def __init__(self, smtp: SmtpTransport, server: Server) -> None:
        self._smtp = smtp
        self._server = server

    def starttls(self, **_: Any) -> None:
        self._server = replace(self._server, starts_tls=True)

    def login(self, user: str, password: str) -> None:
        self._server = replace(self._server, login=(user, password))

    def sendmail(self, sender: str, recipients: list[str], message: str) -> Any:
        """Sends the message with the headers of the attempt."""
        trace = current_trace()
        if trace is not None:
            message = with_headers(message, trace, sender)
        return self._smtp.send(self._server, sender, recipients, message)

    def quit(self) -> None:
        """The connection stays open for the next message."""


def with_headers(message: str, trace: AttemptTrace, sender: str) -> str:
    """*message* with the headers of the attempt; headers that the target's address sets are kept.

    The Message-ID is the same in every attempt, so that a mailbox can drop duplicates; the plugin writes a new one each
    time. It also writes the subject in one line of any length, the Reply-To of the address, and the gateway's name
    before an address without a name. All of these are replaced.
    """
    headers = {"Message-ID": f"<{trace.delivery_id}@{sender.rpartition('@')[2] or 'notification-gateway'}>"}
    headers |= trace.mail_headers(sender) if trace.mail_headers else {}
    given = set(map(str.lower, headers))
    head, blank, body = message.partition("\n\n")
    fields = HEADER_FIELD.findall(head)
    replaced = {field for field in fields if _name(field) in REPLACED or UNNAMED_SENDER.fullmatch(field)}
    remaining = [field for field in fields if not (_name(field) in given and field in replaced)]
    present = set(map(_name, remaining))
    added = [f"{name}: {value}" for name, value in headers.items() if name.lower() not in present]
    return "\n".join((*remaining, *added)) + blank + body


def _name(field: str) -> str:
    return field.partition(":")[0].lower()


def install(smtp: SmtpTransport) -> None:
    """From now on, Apprise's e-mail goes through *smtp*."""

    def plain(host: str, port: int, *_: Any, **__: Any) -> _Conversation:
        return _Conversation(smtp, Server(host, port, is_tls=False))

    def tls(host: str, port: int, *_: Any, **__: Any) -> _Conversation:
        return _Conversation(smtp, Server(host, port, is_tls=True))

    def plain_part() -> str:
        trace = current_trace()
        return trace.plain if trace else ""

    apprise_api.replace_mail(plain, tls, smtplib.SMTPException, plain_part)
