"""Why a request got no answer: a kind for the program, and a sentence for the operator."""

from __future__ import annotations

import os
import ssl
from enum import StrEnum


class Fault(StrEnum):
    """The kind of fault; `sending.classify` decides by it whether a message is tried again."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    """The host name does not exist, or the connection was refused, reset, or closed without an answer."""
    CERTIFICATE = "certificate"
    """TLS: the certificate does not prove that this is the right server."""
    TLS = "tls"
    """TLS: anything else, such as a failed handshake or a mail server without STARTTLS."""
    FORBIDDEN = "forbidden address"
    """The network policy does not allow the address."""
    MALFORMED = "malformed URL"
    UNSUPPORTED = "unsupported"
    """The server lacks a capability without which this message cannot be sent."""


class TransportFault(OSError):
    """An error with its kind and its sentence. The sentence may contain a host name, but never a path or a secret."""

    def __init__(self, fault: Fault, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = fault
        self.sentence = sentence


def describe_fault(exc: OSError) -> tuple[Fault, str]:
    """The kind of *exc* and a sentence about it."""
    match exc:
        case TransportFault():
            return exc.fault, exc.sentence
        case TimeoutError():
            return Fault.TIMEOUT, "the server did not answer in time"
        case ssl.SSLError():
            return Fault.TLS, f"the TLS connection failed: {describe_tls_reason(exc)}"
        case ConnectionResetError() | BrokenPipeError():
            return Fault.CONNECTION, "the server reset the connection without an answer"
    # str(exc) is not used, since it may contain an address
    return Fault.CONNECTION, f"the connection failed: {os.strerror(exc.errno) if exc.errno else type(exc).__name__}"


def describe_tls_reason(exc: ssl.SSLError) -> str:
    """OpenSSL's reason in words: `SSLV3_ALERT_HANDSHAKE_FAILURE` -> "sslv3 alert handshake failure"."""
    return (exc.reason or type(exc).__name__).replace("_", " ").lower()
