"""The SMTP under Apprise: the same conversation, with a record of the server's answers.

Apprise's e-mail plugin keeps the reply codes to itself; inside an `http.exchange` they are written
down, so that a mailbox that is full for now (4yz) is told from one that does not exist (5yz).
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from types import SimpleNamespace
from typing import Any

from apprise.plugins.email import smtp as apprise_smtp

from gateway.delivery.http import current
from gateway.delivery.outcome import Fault


class _Recording(smtplib.SMTP):
    """Writes reply codes and faults into the exchange under way."""

    def getreply(self) -> tuple[int, bytes]:
        try:
            code, text = super().getreply()
        except smtplib.SMTPServerDisconnected as exc:
            _note_fault(Fault.TIMEOUT if "timed out" in str(exc) else Fault.CONNECTION)
            raise
        one = current()
        if one is not None and code >= 400:
            one.smtp_code = code
            one.answer = text.decode("utf-8", "replace")
        return code, text

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        try:
            return super()._get_socket(host, port, timeout)  # type: ignore[misc, no-any-return] # smtplib's own hook
        except OSError as exc:
            _note_os_error(exc)
            raise

    def starttls(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        try:
            return super().starttls(*args, **kwargs)
        except OSError as exc:
            _note_os_error(exc)
            raise


class _RecordingTls(_Recording, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


def _note_os_error(exc: OSError) -> None:
    if isinstance(exc, ssl.SSLCertVerificationError):
        _note_fault(Fault.CERTIFICATE)
    elif isinstance(exc, ssl.SSLError):
        _note_fault(Fault.TLS)
    else:
        _note_fault(Fault.TIMEOUT if isinstance(exc, TimeoutError) else Fault.CONNECTION)


def _note_fault(fault: Fault) -> None:
    one = current()
    if one is not None:
        one.fault = fault


def install() -> None:
    """From now on Apprise's e-mail goes through connections that record."""
    connections = SimpleNamespace(SMTP=_Recording, SMTP_SSL=_RecordingTls, SMTPException=smtplib.SMTPException)
    setattr(apprise_smtp, "smtplib", connections)  # noqa: B010 - no name that Apprise exports
