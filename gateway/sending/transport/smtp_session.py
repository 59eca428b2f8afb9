"""A conversation with one mail server: logs in, sends messages, and writes the server's answers into the trace.

smtplib speaks the protocol. Three things are replaced: the socket comes from the gateway's network, user and password
may contain any character, and reply codes and faults are recorded.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.sending.transport.deadline import current_trace
from gateway.sending.transport.faults import Fault, TransportFault, describe_fault
from gateway.sending.transport.network import Connector

MAX_AUTH_CHALLENGES = 5
MAX_REPLY_BYTES = 8 * 1024
LINE_END = re.compile(r"\r\n|\n|\r")
NO_SMTPUTF8 = "the mail server takes no addresses with characters beyond ASCII (it does not offer SMTPUTF8)"


@dataclass(frozen=True)
class Server:
    """The server of a connection, and the login."""

    host: str
    port: int
    is_tls: bool
    starts_tls: bool = False
    login: tuple[str, str] | None = None


class SmtpSession(smtplib.SMTP):
    """A conversation with a mail server that writes reply codes and faults into the trace of the attempt."""

    def __init__(self, connector: Connector, server: Server) -> None:
        self._connector = connector
        self._server = server
        self.policy = connector.policy()
        """The network policy that allowed the connection."""
        self._is_probing = False
        super().__init__(local_hostname=_local_name())

    def begin(self) -> None:
        """Connects, secures the connection and logs in; closes itself if that fails. Raises: OSError."""
        try:
            self._host = self._server.host
            self.connect(self._server.host, self._server.port)
            if self._server.starts_tls:
                self.ehlo_or_helo_if_needed()
                if not self.has_extn("starttls"):
                    raise TransportFault(Fault.TLS, "the mail server does not offer STARTTLS")  # noqa: TRY301 - noted below
                try:
                    self.starttls(context=self._connector.context)
                except ssl.SSLError as exc:
                    raise self._connector.explain(exc, self._server.host, self._dial_starttls) from exc
            if self._server.login:
                self.login(*self._server.login)
        except BaseException as exc:
            if isinstance(exc, OSError):
                _note_fault(exc)
            self.close()
            raise

    def is_usable(self) -> bool:
        """Whether the server still responds. Raises: OSError."""
        self._is_probing = True
        try:
            return self.rset()[0] == 250
        finally:
            self._is_probing = False

    def deliver(self, sender: str, recipients: list[str], message: str) -> Any:
        """The refused recipients, with the replies to them. Raises: OSError.

        Addresses beyond ASCII need options of MAIL (RFC 6531).
        """
        trace = current_trace()
        options: list[str] = []
        try:
            if not all(address.isascii() for address in (sender, *recipients)):
                self.ehlo_or_helo_if_needed()
                if not self.has_extn("smtputf8"):
                    raise TransportFault(Fault.UNSUPPORTED, NO_SMTPUTF8)
                options = ["SMTPUTF8", "BODY=8BITMIME"]
            refused = self.sendmail(sender, recipients, LINE_END.sub("\r\n", message).encode(), options)
        except OSError as exc:
            _note_fault(exc)
            raise
        finally:
            self.command_encoding = "ascii"  # with SMTPUTF8, smtplib leaves it at UTF-8 for the next message
        if trace is not None and not refused:
            trace.smtp_code = 250
        return refused

    def auth(self, mechanism: str, authobject: Any, *, initial_response_ok: bool = True) -> tuple[int, bytes]:
        """Like smtplib's, but user and password may contain any character: RFC 4616 and RFC 4954 require UTF-8."""
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
        """Sends the user first, whether or not the server asks for it, and then the password.

        smtplib's own version counts the challenges in an attribute that only its own `auth` maintains.
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

    def _dial_starttls(self) -> socket.socket:
        """Another connection to the server, just before its TLS handshake. Raises: OSError."""
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


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _note_fault(exc: OSError) -> None:
    """Writes *exc* into the trace, unless the mail server has given a code for what is wrong."""
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
    """The name that the gateway gives mail servers for itself; smtplib would ask the name service each time."""
    name = socket.gethostname()
    return name if name.isascii() and name else "localhost"
