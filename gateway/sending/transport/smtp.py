"""SMTP below Apprise: pooled connections, and a trace of what the mail server answered.

Apprise's e-mail plugin logs in anew for each message and keeps the reply codes to itself. Inside an attempt it gets a
conversation that uses a pooled connection, if there is one for the same server and login. The codes are written into
the trace, for each recipient: a mailbox that is full for now (4yz) differs from one that does not exist (5yz).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from gateway.sending import apprise_api
from gateway.sending.transport.deadline import RecipientReply, current_trace
from gateway.sending.transport.faults import Fault, TransportFault, describe_fault
from gateway.sending.transport.network import Connector
from gateway.sending.transport.pool import ConnectionPool

MAX_IDLE_S = 30.0
MAX_IDLE = 16
"""Pooled connections for one server and login."""
MAX_SERVERS = 256
MAX_AUTH_CHALLENGES = 5
MAX_REPLY_BYTES = 8 * 1024
LINE_END = re.compile(r"\r\n|\n|\r")
MESSAGE_ID = re.compile(r"^Message-ID:.*(?:\r?\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Server:
    """Whom a connection is with, and as whom."""

    host: str
    port: int
    is_tls: bool
    starts_tls: bool = False
    login: tuple[str, str] | None = None


class SmtpTransport:
    """The connections to mail servers. Safe in threads."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._pool: ConnectionPool[Server, _Session] = ConnectionPool(
            max_keys=MAX_SERVERS, max_per_key=MAX_IDLE, max_idle_s=MAX_IDLE_S
        )

    def send(self, server: Server, sender: str, recipients: list[str], message: str) -> Any:
        """As `smtplib.SMTP.sendmail`. Raises: OSError (all of smtplib's errors are)."""
        session = self._usable_session(server)
        try:
            return session.deliver(sender, recipients, message)
        except OSError as exc:
            if not isinstance(exc, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
                session.close()  # the conversation is broken; after a refusal it goes on
            raise
        finally:
            if session.sock is None:
                session.close()
            else:
                self._pool.give_back(server, session)

    def close(self) -> None:
        self._pool.close()

    def _usable_session(self, server: Server) -> _Session:
        """A pooled connection that still answers, or a new one. Raises: OSError.

        To ask whether it answers costs a round trip; to lose a message costs more.
        """
        policy = self._connector.policy()
        while session := self._pool.take(server):
            with suppress(OSError):
                if session.policy == policy and session.is_usable():
                    return session
            session.close()
        session = _Session(self._connector, server)
        try:
            session.begin()
        except BaseException:
            session.close()
            raise
        return session


class _Session(smtplib.SMTP):
    """A conversation with a mail server that writes reply codes and faults into the trace of the attempt."""

    def __init__(self, connector: Connector, server: Server) -> None:
        self._connector = connector
        self._server = server
        self.policy = connector.policy()
        """The network policy that allowed the connection."""
        self._is_probing = False
        super().__init__(local_hostname=_local_name())

    def begin(self) -> None:
        """Connects, secures and logs in. Raises: OSError."""
        try:
            self._host = self._server.host
            self.connect(self._server.host, self._server.port)
            if self._server.starts_tls:
                self._secure()
            if self._server.login:
                self.login(*self._server.login)
        except OSError as exc:
            _note_fault(exc)
            raise

    def is_usable(self) -> bool:
        """Whether the server still listens. Raises: OSError."""
        self._is_probing = True
        try:
            return self.rset()[0] == 250
        finally:
            self._is_probing = False

    def deliver(self, sender: str, recipients: list[str], message: str) -> Any:
        """The refused recipients with the replies to them. Raises: OSError."""
        trace = current_trace()
        try:
            options = self._options_for([sender, *recipients])
            refused = self.sendmail(sender, recipients, LINE_END.sub("\r\n", message).encode(), options)
        except OSError as exc:
            _note_fault(exc)
            raise
        finally:
            self.command_encoding = "ascii"  # with SMTPUTF8, smtplib leaves it at UTF-8 for the next message
        if trace is not None:
            trace.accepted_recipients |= set(recipients) - refused.keys()
            if not refused:
                trace.smtp_code = 250
        return refused

    def rcpt(self, recip: str, options: Any = ()) -> tuple[int, bytes]:
        code, text = super().rcpt(recip, options)
        trace = current_trace()
        if trace is not None:
            trace.recipient_replies[recip] = RecipientReply(code, text.decode("utf-8", "replace"))
        return code, text

    def auth(self, mechanism: str, authobject: Any, *, initial_response_ok: bool = True) -> tuple[int, bytes]:
        """As smtplib's, but user and password may hold any character: RFC 4616 and RFC 4954 ask for UTF-8."""
        initial = authobject() if initial_response_ok else None
        command = mechanism.upper() if initial is None else f"{mechanism.upper()} {_base64(initial)}"
        code, text = self.docmd("AUTH", command)
        for _ in range(MAX_AUTH_CHALLENGES):
            if code != 334:
                break
            try:
                challenge = base64.b64decode(text)
            except binascii.Error:
                break
            code, text = self.docmd(_base64(authobject(challenge)))
        if code in (235, 503):  # 503: already logged in
            return code, text
        raise smtplib.SMTPAuthenticationError(code, text)

    def auth_login(self, challenge: bytes | None = None) -> str:  # type: ignore[override] # `auth` passes bytes
        """The user first, whether or not the server asks for it, and the password when it asks for something else.

        smtplib's own counts the challenges in an attribute that only its own `auth` keeps.
        """
        asks_for_user = challenge is None or challenge.lower().startswith(b"user")
        return str(self.user if asks_for_user else self.password)

    def auth_cram_md5(self, challenge: bytes | None = None) -> str | None:  # type: ignore[override] # likewise
        """RFC 2195, with the password in UTF-8. There is no initial response."""
        if challenge is None:
            return None
        return f"{self.user} {hmac.new(str(self.password).encode(), challenge, 'md5').hexdigest()}"

    def getreply(self) -> tuple[int, bytes]:
        trace = current_trace()
        if trace is not None:
            trace.socket = self.sock
            if self.sock is not None:
                self.sock.settimeout(max(0.01, trace.left_s))
        code, text = super().getreply()
        if trace is not None and code >= 400 and not self._is_probing:
            trace.smtp_code, trace.body = code, text[:MAX_REPLY_BYTES]
        if code == 421:
            self.close()
        return code, text

    def _options_for(self, addresses: list[str]) -> list[str]:
        """The options of MAIL for an envelope with *addresses* (RFC 6531). Raises: TransportFault."""
        if all(address.isascii() for address in addresses):
            return []
        self.ehlo_or_helo_if_needed()
        if self.has_extn("smtputf8"):
            return ["SMTPUTF8", "BODY=8BITMIME"]
        sentence = "the mail server takes no addresses with characters beyond ASCII (it does not offer SMTPUTF8)"
        raise TransportFault(Fault.UNSUPPORTED, sentence)

    def _secure(self) -> None:
        """Raises: OSError."""
        self.ehlo_or_helo_if_needed()
        if not self.has_extn("starttls"):
            raise TransportFault(Fault.TLS, "the mail server does not offer STARTTLS")
        try:
            self.starttls(context=self._connector.context)
        except ssl.SSLError as exc:
            explained = self._connector.explain(exc, self._server.host, self._dial_starttls)
            raise explained from exc

    def _dial_starttls(self) -> socket.socket:
        """Another connection to the server, at the moment before its TLS handshake. Raises: OSError."""
        session = smtplib.SMTP(local_hostname=_local_name())
        session.sock = self._connector.open_socket(self._server.host, self._server.port, is_mail=True)
        session.getreply()
        session.ehlo()
        session.docmd("STARTTLS")
        return session.sock

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:  # noqa: ARG002 - the attempt has a deadline
        open_socket = self._connector.open_tls if self._server.is_tls else self._connector.open_socket
        sock: socket.socket = open_socket(host, port, is_mail=True)
        return sock


class _Conversation:
    """What Apprise takes for `smtplib.SMTP`: it remembers what it is told, and does it when there is a message."""

    def __init__(self, smtp: SmtpTransport, server: Server) -> None:
        self._smtp = smtp
        self._server = server

    def starttls(self, **_: Any) -> None:
        self._server = replace(self._server, starts_tls=True)

    def login(self, user: str, password: str) -> None:
        self._server = replace(self._server, login=(user, password))

    def sendmail(self, sender: str, recipients: list[str], message: str) -> Any:
        """Recipients that have accepted this message in an earlier attempt are left out.

        The Message-ID is the same for every attempt, so that a mailbox can drop duplicates.
        """
        trace = current_trace()
        if trace is not None:
            id = f"<{trace.delivery_id}@{sender.rpartition('@')[2] or 'notification-gateway'}>"
            head, blank, body = message.partition("\n\n")
            message = MESSAGE_ID.sub(f"Message-ID: {id}", head, count=1) + blank + body
            recipients = [address for address in recipients if address not in trace.skipped_recipients]
            if not recipients:
                trace.smtp_code = 250
                return {}
        return self._smtp.send(self._server, sender, recipients, message)

    def quit(self) -> None:
        """The connection stays open for the next message."""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _note_fault(exc: OSError) -> None:
    """Writes *exc* into the trace, unless the mail server has said by a code what is wrong."""
    trace = current_trace()
    if trace is None or isinstance(exc, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
        return
    if isinstance(exc, smtplib.SMTPNotSupportedError):
        trace.note_fault(Fault.TLS, "the mail server offers no login that the gateway knows")
    elif trace.left_s <= 0:
        trace.note_fault(Fault.TIMEOUT, f"the mail server did not answer within {trace.total_s:g} s")
    elif isinstance(exc, smtplib.SMTPServerDisconnected):
        if trace.smtp_code is None:
            trace.note_fault(Fault.CONNECTION, "the mail server closed the connection")
    elif isinstance(exc, TransportFault) or trace.smtp_code is None:
        trace.note_fault(*describe_fault(exc))


@cache
def _local_name() -> str:
    """What the gateway calls itself to mail servers; smtplib would ask the name service each time."""
    name = socket.gethostname()
    return name if name.isascii() and name else "localhost"


def install(smtp: SmtpTransport) -> None:
    """From now on Apprise's e-mail goes through *smtp*."""

    def plain(host: str, port: int, *_: Any, **__: Any) -> _Conversation:
        return _Conversation(smtp, Server(host, port, is_tls=False))

    def tls(host: str, port: int, *_: Any, **__: Any) -> _Conversation:
        return _Conversation(smtp, Server(host, port, is_tls=True))

    def plain_part() -> str:
        trace = current_trace()
        return trace.plain if trace else ""

    apprise_api.replace_mail(plain, tls, smtplib.SMTPException, plain_part)
