"""The SMTP under Apprise: kept connections, and a record of the server's answers.

Apprise's e-mail plugin logs in anew for each message and keeps the reply codes to itself. Inside
an exchange it gets a conversation that uses a kept connection, if there is one for the same server
and login, and writes the codes down, so that a mailbox that is full for now (4yz) is told from one
that does not exist (5yz).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

from apprise.conversion import convert_between
from apprise.plugins.email import base as apprise_email
from apprise.plugins.email import smtp as apprise_smtp

from gateway.sending.transport.deadline import current_trace
from gateway.sending.transport.faults import Fault
from gateway.sending.transport.network import Connector, ForbiddenAddress
from gateway.sending.transport.pool import ConnectionPool

MAX_IDLE_S = 30.0
MAX_IDLE = 16
"""Kept connections for one server and login."""
MAX_SERVERS = 256
MESSAGE_ID = re.compile(r"^Message-ID:.*(?:\r?\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class _Server:
    """Whom a connection is with, and as whom."""

    host: str
    port: int
    is_tls: bool
    starts_tls: bool = False
    login: tuple[str, str] | None = None


class SmtpTransport:
    """The connections to mail servers. Safe in threads."""

    def __init__(self, network: Connector) -> None:
        self._connector = network
        self._idle: ConnectionPool[_Server, _Recording] = ConnectionPool(
            max_keys=MAX_SERVERS, max_per_key=MAX_IDLE, max_idle_s=MAX_IDLE_S
        )

    def send(self, server: _Server, sender: str, recipients: list[str], message: str) -> Any:
        """As `smtplib.SMTP.sendmail`. Raises: OSError (all of smtplib's errors are)."""
        connection = self._kept(server) or self._opened(server)
        try:
            refused = connection.sendmail(sender, recipients, message)
        except (smtplib.SMTPServerDisconnected, OSError) as exc:
            if isinstance(exc, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
                self._keep(server, connection)
            else:
                connection.close()
            raise
        self._keep(server, connection)
        one = current_trace()
        if one is not None and not refused:
            one.smtp_code = 250
        return refused

    def close(self) -> None:
        self._idle.close()

    def _kept(self, server: _Server) -> _Recording | None:
        """A kept connection that still answers: asking costs a round trip, a lost message more."""
        while connection := self._idle.take(server):
            with suppress(OSError):
                if connection.is_usable():
                    return connection
            connection.close()
        return None

    def _opened(self, server: _Server) -> _Recording:
        connection = _Recording(self._connector, server)
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep(self, server: _Server, connection: _Recording) -> None:
        if connection.sock is None:
            connection.close()
        else:
            self._idle.give_back(server, connection)


class _Recording(smtplib.SMTP):
    """Writes reply codes and faults into the exchange under way."""

    def __init__(self, network: Connector, server: _Server) -> None:
        self._connector = network
        self._server = server
        self._is_trying = False
        super().__init__(local_hostname=_own_name())

    def begin(self) -> None:
        """Connects, secures and logs in."""
        try:
            self._host = self._server.host
            self.connect(self._server.host, self._server.port)
            if self._server.starts_tls:
                self.starttls(context=self._connector.context)
            if self._server.login:
                self.login(*self._server.login)
        except (smtplib.SMTPNotSupportedError, OSError) as exc:
            _note(exc)
            raise

    def is_usable(self) -> bool:
        """Whether the server still listens. Raises: OSError."""
        self._is_trying = True
        try:
            return self.rset()[0] == 250
        finally:
            self._is_trying = False

    def sendmail(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().sendmail(*args, **kwargs)
        except OSError as exc:
            _note(exc)
            raise

    def getreply(self) -> tuple[int, bytes]:
        one = current_trace()
        if one is not None:
            one.connection = self
            if self.sock is not None:
                self.sock.settimeout(max(0.01, one.left_s))
        code, text = super().getreply()
        if one is not None and code >= 400 and not self._is_trying:
            one.smtp_code, one.body = code, text[:500]
        if code == 421:
            self.close()
        return code, text

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:  # noqa: ARG002 - the time is the exchange's
        return self._connector.open_tls(host, port) if self._server.is_tls else self._connector.open_socket(host, port)


class _Conversation:
    """What Apprise takes for `smtplib.SMTP`: it remembers what it is told and does it when there is a message."""

    def __init__(self, smtp: SmtpTransport, server: _Server) -> None:
        self._smtp = smtp
        self._server = server

    def starttls(self, **_: Any) -> None:
        self._server = replace(self._server, starts_tls=True)

    def login(self, user: str, password: str) -> None:
        self._server = replace(self._server, login=(user, password))

    def sendmail(self, sender: str, recipients: list[str], message: str) -> Any:
        one = current_trace()
        if one is not None:
            message = _with_id(message, f"<{one.delivery_id}@{sender.rpartition('@')[2] or 'notification-gateway'}>")
        return self._smtp.send(self._server, sender, recipients, message)

    def quit(self) -> None:
        """The connection is kept."""


def _with_id(message: str, id: str) -> str:
    """*message* with a Message-ID that is the same for every attempt, so that a mailbox can drop duplicates."""
    head, blank, body = message.partition("\n\n")
    return MESSAGE_ID.sub(f"Message-ID: {id}", head, count=1) + blank + body


def _note(exc: OSError) -> None:
    one = current_trace()
    if one is None or isinstance(exc, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
        return
    if isinstance(exc, ForbiddenAddress):
        one.note_fault(Fault.FORBIDDEN)
    elif isinstance(exc, ssl.SSLCertVerificationError):
        one.note_fault(Fault.CERTIFICATE)
    elif isinstance(exc, ssl.SSLError | smtplib.SMTPNotSupportedError):
        one.note_fault(Fault.TLS)
    elif isinstance(exc, TimeoutError) or one.left_s <= 0:
        one.note_fault(Fault.TIMEOUT)
    elif one.smtp_code is None:
        one.note_fault(Fault.CONNECTION)


@cache
def _own_name() -> str:
    """What the gateway calls itself to mail servers; smtplib would ask the name service each time."""
    name = socket.gethostname()
    return name if name.isascii() and name else "localhost"


def install(smtp: SmtpTransport) -> None:
    """From now on Apprise's e-mail goes through *smtp*."""

    def plain(host: str, port: int, *_: Any, **__: Any) -> _Conversation:
        return _Conversation(smtp, _Server(host, port, is_tls=False))

    def tls(host: str, port: int, *_: Any, **__: Any) -> _Conversation:
        return _Conversation(smtp, _Server(host, port, is_tls=True))

    in_place = {
        "smtplib": SimpleNamespace(SMTP=plain, SMTP_SSL=tls, SMTPException=smtplib.SMTPException),
        "ssl": SimpleNamespace(create_default_context=lambda: None),  # 25 ms a message; the network has one already
    }
    for name, module in in_place.items():
        setattr(apprise_smtp, name, module)
    setattr(apprise_email, "convert_between", _plain)  # noqa: B010 - no name that Apprise exports


_convert: Callable[[Any, Any, str], Any] = convert_between


def _plain(source: Any, wanted: Any, content: str) -> str:
    """In place of Apprise's way from HTML to text, which leaves out where the links lead."""
    one = current_trace()
    return one.plain if one is not None and one.plain else str(_convert(source, wanted, content))
