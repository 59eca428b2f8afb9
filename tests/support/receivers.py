"""Real receivers on this machine that stand for providers: HTTP, HTTPS under any host name, SMTP.

with HttpReceiver() as receiver:
    receiver.script(Answer(503, retry_after="7"), Answer(200))     # then 200 for ever
    ...
    receiver.requests[0].json()

with Authority(tmp_path) as authority, TlsReceiver(authority, "hooks.slack.com") as slack:
    environ["REQUESTS_CA_BUNDLE"] = str(authority.bundle)
    environ["GATEWAY_RESOLVE"] = slack.resolve                     # hooks.slack.com:443=127.0.0.1:port
"""

from __future__ import annotations

import asyncio
import hmac
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

LOCALHOST = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """What a receiver does with one request."""

    status: int = 200
    body: bytes | str = b"ok"
    retry_after: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    """Before the answer."""
    drip_s: float = 0
    """Between the bytes of the answer's body."""
    resets: bool = False
    """Break the connection with a TCP reset instead of answering."""
    closes: bool = False
    """Close the connection after the answer without having said so."""


@dataclass(frozen=True)
class Request:
    """One request as it arrived. Header names are in lower case."""

    method: str
    host: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    connection: int
    """Number of the connection it came over, from 1."""

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


class HttpReceiver:
    """A threaded HTTP/1.1 server with keep-alive that notes requests and answers as told."""

    scheme = "http"

    def __init__(self, answer: Answer | Callable[[Request], Answer] = Answer()) -> None:
        self.requests: list[Request] = []
        self.targets: list[str] = []
        """The target of each request line, as it came."""
        self.connections = 0
        self._closed = 0
        self._answer = answer
        self._script: list[Answer] = []
        self._changed = threading.Condition()
        self._server = _Server((LOCALHOST, 0), type("Handler", (_Handler,), {"receiver": self}))
        self._server.closed = self._was_closed
        self._wrap(self._server)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{LOCALHOST}:{self.port}"

    def script(self, *answers: Answer) -> None:
        """The next requests get these, in order; later ones the usual answer."""
        with self._changed:
            self._script += answers

    def wait_for(self, count: int, within_s: float = 10) -> list[Request]:
        """The requests, as soon as there are *count* of them. Raises: AssertionError."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, within_s), (
                f"{len(self.requests)} of {count} requests came within {within_s} s"
            )
            return list(self.requests)

    def wait_until_closed(self, count: int, within_s: float = 10) -> None:
        """Waits until the receiver has closed *count* of its connections. Raises: AssertionError."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._closed >= count, within_s), f"{self._closed} were closed"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _wrap(self, server: ThreadingHTTPServer) -> None:
        """Subclasses put TLS around the connections here."""

    def _note(self, request: Request) -> Answer:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if self._script:
                return self._script.pop(0)
        return self._answer if isinstance(self._answer, Answer) else self._answer(request)

    def _was_closed(self) -> None:
        with self._changed:
            self._closed += 1
            self._changed.notify_all()

    def _connected(self) -> int:
        with self._changed:
            self.connections += 1
            return self.connections


class Authority:
    """A certificate authority of the tests; *bundle* is the file to trust (REQUESTS_CA_BUNDLE)."""

    def __init__(self, folder: Path) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec

        self._folder = folder
        self._count = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test Authority")])
        self._certificate = self._sign(self._name, self._key, None, is_authority=True)
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(_pem(self._certificate))

    def certificate(
        self,
        *names: str,
        begins: timedelta = timedelta(days=-2),
        ends: timedelta = timedelta(days=2),
        is_self_signed: bool = False,
        sends_authority: bool = False,
    ) -> Path:
        """A PEM file with the key and a certificate for *names* (host names or IP addresses).

        *begins* and *ends* are measured from now.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
        certificate = self._sign(subject, key, names, begins=begins, ends=ends, is_self_signed=is_self_signed)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._count += 1
        file = self._folder / f"{names[0].replace('*', '_')}-{self._count}.pem"
        file.write_bytes(private + _pem(certificate) + (_pem(self._certificate) if sends_authority else b""))
        return file

    def context(self, *names: str, **options: Any) -> ssl.SSLContext:
        """What a server for *names* needs; *options* as for `certificate`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate(*names, **options))
        return context

    def _sign(
        self,
        subject: Any,
        key: Any,
        names: tuple[str, ...] | None,
        *,
        is_authority: bool = False,
        begins: timedelta = timedelta(days=-2),
        ends: timedelta = timedelta(days=2),
        is_self_signed: bool = False,
    ) -> Any:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        now = datetime.now(UTC)
        signer = key if is_self_signed else self._key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if is_self_signed else self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), False)
        if is_authority:
            usage = dict.fromkeys(
                (
                    "digital_signature",
                    "content_commitment",
                    "key_encipherment",
                    "data_encipherment",
                    "key_agreement",
                    "encipher_only",
                    "decipher_only",
                ),
                False,
            )
            builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        return builder.sign(signer, hashes.SHA256())


class TlsReceiver(HttpReceiver):
    """The same over TLS, under the host names of a provider."""

    scheme = "https"

    def __init__(
        self,
        authority: Authority,
        *names: str,
        answer: Answer | Callable[[Request], Answer] = Answer(),
        expired: bool = False,
        **certificate: Any,
    ) -> None:
        """*certificate* as for `Authority.certificate`."""
        self.names = names or ("localhost",)
        if expired:
            certificate["ends"] = timedelta(days=-1)
        self._context = authority.context(*self.names, **certificate)
        super().__init__(answer)

    @property
    def url(self) -> str:
        return f"https://{self.names[0]}:{self.port}"

    @property
    def resolve(self) -> str:
        """For GATEWAY_RESOLVE: each of its names at port 443 is this receiver."""
        return ",".join(f"{name}:443={LOCALHOST}:{self.port}" for name in self.names)

    def _wrap(self, server: ThreadingHTTPServer) -> None:
        assert isinstance(server, _Server)
        server.tls = self._context


@dataclass(frozen=True)
class Mail:
    """One message as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    def text(self) -> str:
        return self._part("plain")

    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return "" if part is None else str(part.get_content())


class Mailbox:
    """An SMTP server (aiosmtpd) that keeps what it is sent.

    *user* and *password* make it ask for a login, by PLAIN or LOGIN, or by *mechanism* alone (also CRAM-MD5); *context*
    offers STARTTLS. `replies` answers the next messages with that line (`"451 4.7.1 later"`) instead of taking them,
    `recipient_replies` the next recipients; an empty line takes one.
    """

    def __init__(
        self,
        *,
        user: str | None = None,
        password: str | None = None,
        context: ssl.SSLContext | None = None,
        port: int | None = None,
        mechanism: str | None = None,
        has_smtputf8: bool = True,
    ) -> None:
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult, LoginPassword

        self.mails: list[Mail] = []
        self.connections = 0
        self.replies: list[str] = []
        self.recipient_replies: list[str] = []
        self._transports: set[Any] = set()
        self._changed = threading.Condition()

        def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
            right = isinstance(given, LoginPassword) and (given.login, given.password) == (
                (user or "").encode(),
                (password or "").encode(),
            )
            return AuthResult(success=right, handled=False)

        options: dict[str, Any] = {"tls_context": context} if context else {}
        if user:
            options |= {"authenticator": check, "auth_require_tls": context is not None}
        offered = {mechanism} if mechanism else {"PLAIN", "LOGIN"}
        options["auth_exclude_mechanism"] = {"PLAIN", "LOGIN", "CRAM-MD5"} - offered
        self._user, self._password = user or "", password or ""
        self._asks_for_login = user is not None
        self.port = port or refused_port()
        self._controller = Controller(self, hostname=LOCALHOST, port=self.port, enable_SMTPUTF8=has_smtputf8, **options)
        self._controller.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait_for(self, count: int, within_s: float = 10) -> list[Mail]:
        """The mails, as soon as there are *count* of them. Raises: AssertionError."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.mails) >= count, within_s), (
                f"{len(self.mails)} of {count} mails came within {within_s} s"
            )
            return list(self.mails)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._controller.loop).result(10)
        self._controller.stop()

    async def _hang_up(self) -> None:
        for transport in self._transports:
            transport.abort()
        await asyncio.sleep(0.01)  # until the loop has closed the sockets

    # aiosmtpd calls these by name

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self._transports.add(server.transport)
        if session.ssl is None or not self._controller.SMTP_kwargs.get("tls_context"):
            self.connections += 1
        return responses

    async def auth_CRAM__MD5(self, server: Any, args: Any) -> Any:  # noqa: N802
        """RFC 2195: aiosmtpd has no such login itself."""
        from aiosmtpd.smtp import AuthResult

        challenge = b"<1896.697170952@mail.example.com>"
        digest = hmac.new(self._password.encode(), challenge, "md5").hexdigest()
        answer = await server.challenge_auth(challenge)
        return AuthResult(success=answer == f"{self._user} {digest}".encode(), handled=False)

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self._asks_for_login and not session.authenticated:
            return "530 5.7.0 login first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.recipient_replies and (reply := self.recipient_replies.pop(0)):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.replies:
            return self.replies.pop(0)
        message = message_from_bytes(envelope.original_content or envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        with self._changed:
            self.mails.append(Mail(envelope.mail_from, tuple(envelope.rcpt_tos), message))
            self._changed.notify_all()
        return "250 2.0.0 taken"


def refused_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind((LOCALHOST, 0))
        return int(free.getsockname()[1])


# ------------------------------------------------------------------ inside


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    tls: ssl.SSLContext | None = None
    closed: Callable[[], None]

    def close_request(self, request: Any) -> None:
        super().close_request(request)
        self.closed()

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        try:
            wrapped = self.tls.wrap_socket(request, server_side=True)
        except OSError:
            return  # a client that does not trust us
        try:
            super().finish_request(wrapped, client_address)
        finally:
            _close(wrapped)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    receiver: HttpReceiver

    def setup(self) -> None:
        super().setup()
        self.number = self.receiver._connected()

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        if parsed and not hasattr(self, "do_" + self.command):
            setattr(self, "do_" + self.command, self.take)
        return parsed

    def take(self) -> None:
        parts = urlsplit(self.path)
        self.receiver.targets.append(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        host = headers.get("host", "")
        answer = self.receiver._note(
            Request(self.command, host, parts.path, parse_qs(parts.query), headers, body, self.number)
        )
        time.sleep(answer.delay_s)
        if answer.resets:
            self._reset()
        else:
            self._answer(answer)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        body = b"" if answer.status in (204, 304) else body
        self.send_response_only(answer.status)
        if answer.retry_after is not None:
            self.send_header("Retry-After", answer.retry_after)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            body = b""
        if answer.drip_s:
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                time.sleep(answer.drip_s)
        else:
            self.wfile.write(body)
        self.close_connection = self.close_connection or answer.closes

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def _close(wrapped: ssl.SSLSocket) -> None:
    try:
        wrapped.close()
    except OSError:
        return


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _general_name(name: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
