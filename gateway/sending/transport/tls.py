"""TLS: which certificates are trusted, and descriptions of what is wrong with a certificate or a handshake."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import gevent.ssl

from gateway.errors import SettingInvalid
from gateway.sending.transport.faults import Fault, TransportFault, describe_tls_reason

Dial = Callable[[], Any]
"""Opens another connection to the same address. Raises: OSError."""

# Verification results of OpenSSL (x509_vfy.h).
NOT_YET_VALID, EXPIRED, SELF_SIGNED, SELF_SIGNED_IN_CHAIN = 9, 10, 18, 19
UNKNOWN_ISSUERS = frozenset({2, 20, 21, 27})
WRONG_NAME = frozenset({62, 64})
NO_CHECK_TIME = 0x200000
"""A flag of OpenSSL's verification that Python does not name: certificate dates are not checked."""
SPEAKS_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})
OLD_VERSION = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW"})
SENTENCES = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the server accepts none of our ciphers",
    "NO_SHARED_CIPHER": "the server accepts none of our ciphers",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server asks for a client certificate",
    "TLSV1_UNRECOGNIZED_NAME": "the server does not know this host name",
    "UNEXPECTED_EOF_WHILE_READING": "the server closed the connection",
    "DH_KEY_TOO_SMALL": "the server's key is too short to be safe",
    "EE_KEY_TOO_SMALL": "the server's key is too short to be safe",
}


@cache
def trust(ca_bundle: Path, *, cooperative: bool) -> ssl.SSLContext:
    """A TLS context that trusts the authorities in *ca_bundle*; *cooperative* makes it one for gevent's sockets.

    Raises: SettingInvalid.
    """
    context = ssl.create_default_context()
    if cooperative:
        # gevent.ssl.create_default_context is that of the standard library, whose sockets would block the event loop.
        standard, context = context, gevent.ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.options, context.verify_flags = standard.options, standard.verify_flags
    try:
        if ca_bundle.is_dir():
            context.load_verify_locations(capath=ca_bundle)
        else:
            context.load_verify_locations(cafile=ca_bundle)
    except OSError as exc:
        raise SettingInvalid(f"{ca_bundle} holds no certificates that can be read: {exc.strerror or exc}") from exc
    return context


def explain_handshake(exc: OSError, host: str, ca_bundle: Path, dial: Dial) -> TransportFault:
    """The fault behind *exc*, which ended a handshake with *host*.

    OpenSSL says only that a certificate has expired or is for another name. To say since when or for which name, a
    second connection is made on which this property is not checked; nothing but the handshake is sent on it.
    """
    match exc:
        case TransportFault():
            return exc
        case ssl.SSLCertVerificationError():
            return TransportFault(Fault.CERTIFICATE, _describe_certificate(exc, host, ca_bundle, dial))
        case TimeoutError():
            return TransportFault(Fault.TIMEOUT, "the server did not finish the TLS handshake in time")
        case ssl.SSLError():
            return TransportFault(Fault.TLS, f"the TLS handshake failed: {_describe_failure(exc, dial)}")
    return TransportFault(Fault.TLS, "the TLS handshake failed: the server closed the connection")


def _describe_certificate(exc: ssl.SSLCertVerificationError, host: str, ca_bundle: Path, dial: Dial) -> str:
    code = exc.verify_code
    if code in (SELF_SIGNED, SELF_SIGNED_IN_CHAIN):
        return "the certificate is self-signed" if code == SELF_SIGNED else _UNKNOWN_AUTHORITY
    if code in UNKNOWN_ISSUERS:
        return _UNKNOWN_AUTHORITY
    if code not in WRONG_NAME and code not in (EXPIRED, NOT_YET_VALID):
        return f"the certificate is not valid: {exc.verify_message}"
    context = ssl.create_default_context(cafile=ca_bundle) if ca_bundle.is_file() else ssl.create_default_context()
    context.check_hostname = False
    context.verify_flags |= NO_CHECK_TIME
    certificate: dict[str, Any] = {}  # as `ssl.SSLSocket.getpeercert` returns it; empty if unavailable
    with suppress(OSError), dial() as sock, context.wrap_socket(sock, server_hostname=host) as wrapped:
        certificate = wrapped.getpeercert() or {}
    if code not in WRONG_NAME:
        return _describe_dates(certificate, code, datetime.now(UTC))
    names = [text for kind, text in certificate.get("subjectAltName", ()) if kind in ("DNS", "IP Address")]
    if not names:
        return f"the certificate is not for {host}"
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more names" if len(names) > 3 else "")
    return f"the certificate is for {shown}, not for {host}"


_UNKNOWN_AUTHORITY = "the certificate is signed by an unknown authority"


def _describe_dates(certificate: dict[str, Any], code: int, now: datetime) -> str:
    is_expired = code == EXPIRED
    text = certificate.get("notAfter" if is_expired else "notBefore")
    if not text:
        # The expired certificate may be an intermediate one, but only the server's own is available.
        return "the certificate has expired" if is_expired else "the certificate is not valid yet"
    moment = datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    if (moment < now) is not is_expired:
        return "a certificate of the authority has expired" if is_expired else "a certificate is not valid yet"
    seconds = abs((now - moment).total_seconds())
    counts = ((unit, int(seconds // size)) for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)))
    span = next((f"{count} {unit}{'s' if count > 1 else ''}" for unit, count in counts if count), "a moment")
    if is_expired:
        return f"the certificate expired {span} ago ({moment:%Y-%m-%d})"
    return f"the certificate is not valid yet: it begins in {span} ({moment:%Y-%m-%d})"


def _describe_failure(exc: ssl.SSLError, dial: Dial) -> str:
    reason = exc.reason or ""
    if isinstance(exc, ssl.SSLEOFError):
        return "the server closed the connection"
    if reason in SPEAKS_NO_TLS:
        return "the server does not speak TLS on this port"
    if reason not in OLD_VERSION:
        return SENTENCES.get(reason) or describe_tls_reason(exc)
    # A handshake that accepts old versions finds out which one the server speaks; nothing is sent after it.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    version = None
    with suppress(OSError, ValueError):
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with dial() as sock, context.wrap_socket(sock) as wrapped:
            version = wrapped.version()
    name = {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "SSLv3": "SSL 3"}.get(version or "")
    return f"the server speaks only {name or 'a version of TLS that is too old'}"
