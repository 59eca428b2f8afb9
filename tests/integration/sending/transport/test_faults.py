"""Every way in which a connection fails, against real servers that fail so: its kind and its sentence."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.sending.transport.event_loop import EventLoop
from gateway.sending.transport.faults import Fault, TransportFault
from gateway.sending.transport.network import Connector
from tests.integration.sending.conftest import LOCAL_RECEIVERS
from tests.support.event_loops import call_in
from tests.support.receivers import LOCALHOST, Authority, HttpReceiver, TlsReceiver, refused_port

HOST = "hooks.example.com"
FaultOf = Callable[..., TransportFault]


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """The port of a server that does handshakes with *context* and nothing else."""
    with socket.create_server((LOCALHOST, 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.fixture(params=["thread", "event loop"])
def fault_of(request: pytest.FixtureRequest, authority: Authority) -> Iterator[FaultOf]:
    """The fault of a TLS connection to a port of this machine under the name HOST."""
    loop = EventLoop(max_threads=2) if request.param == "event loop" else None

    def open_tls(port: int, host: str = HOST) -> TransportFault:
        connector = Connector(1, {(host, 443): (LOCALHOST, port)}, authority.bundle)
        with pytest.raises(TransportFault) as raised:
            call_in(loop, connector.open_tls, host, 443) if loop else connector.open_tls(host, 443)
        return raised.value

    yield open_tls
    if loop:
        loop.close()


@pytest.mark.parametrize(
    ("begins", "ends", "sentence"),
    [
        (timedelta(days=-9), timedelta(days=-2, hours=-1), r"the certificate expired 2 days ago \(\d{4}-\d\d-\d\d\)"),
        (timedelta(days=-9), timedelta(hours=-5, minutes=-1), r"the certificate expired 5 hours ago \(.*\)"),
        (timedelta(days=-9), timedelta(minutes=-1, seconds=-5), r"the certificate expired 1 minute ago \(.*\)"),
        (timedelta(days=1, hours=1), timedelta(days=9), r"the certificate is not valid yet: it begins in 1 day \(.*\)"),
    ],
)
def test_a_certificate_out_of_its_dates(
    fault_of: FaultOf, authority: Authority, begins: timedelta, ends: timedelta, sentence: str
) -> None:
    with TlsReceiver(authority, HOST, begins=begins, ends=ends) as receiver:
        fault = fault_of(receiver.port)
    assert fault.fault is Fault.CERTIFICATE
    assert re.fullmatch(sentence, fault.sentence)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("other.example",), f"the certificate is for other.example, not for {HOST}"),
        (("*.example.org", "a.example", "b.example", "c.example", "d.example"),
         f"the certificate is for *.example.org, a.example, b.example and 2 more names, not for {HOST}"),
        (("203.0.113.9",), f"the certificate is for 203.0.113.9, not for {HOST}"),
    ],
)  # fmt: skip
def test_a_certificate_for_another_name(
    fault_of: FaultOf, authority: Authority, names: tuple[str, ...], sentence: str
) -> None:
    with TlsReceiver(authority, *names) as receiver:
        fault = fault_of(receiver.port)
    assert (fault.fault, fault.sentence) == (Fault.CERTIFICATE, sentence)


def test_a_certificate_for_names_at_an_address(fault_of: FaultOf, authority: Authority) -> None:
    with TlsReceiver(authority, "other.example") as receiver:
        fault = fault_of(receiver.port, LOCALHOST)
    assert fault.sentence == f"the certificate is for other.example, not for {LOCALHOST}"


def test_a_certificate_of_an_unknown_authority(fault_of: FaultOf, tmp_path: Path) -> None:
    with TlsReceiver(Authority(tmp_path), HOST) as receiver:
        fault = fault_of(receiver.port)
    assert (fault.fault, fault.sentence) == (
        Fault.CERTIFICATE, "the certificate is signed by an unknown authority",
    )  # fmt: skip


def test_a_self_signed_certificate_is_not_trusted(fault_of: FaultOf, authority: Authority) -> None:
    with TlsReceiver(authority, HOST, is_self_signed=True) as receiver:
        fault = fault_of(receiver.port)
    assert (fault.fault, fault.sentence) == (Fault.CERTIFICATE, "the certificate is self-signed")


def test_an_authority_that_is_sent_along_is_unknown_all_the_same(fault_of: FaultOf, tmp_path: Path) -> None:
    with TlsReceiver(Authority(tmp_path), HOST, sends_authority=True) as receiver:
        fault = fault_of(receiver.port)
    assert fault.sentence == "the certificate is signed by an unknown authority"


@pytest.mark.parametrize(("version", "name"), [("TLSv1", "TLS 1.0"), ("TLSv1_1", "TLS 1.1")])
def test_a_server_that_speaks_only_an_old_version(
    fault_of: FaultOf, authority: Authority, version: str, name: str
) -> None:
    context = authority.context(HOST)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with tls_server(context) as port:
        fault = fault_of(port)
    assert (fault.fault, fault.sentence) == (Fault.TLS, f"the TLS handshake failed: the server speaks only {name}")


def test_a_server_without_a_common_cipher(fault_of: FaultOf, authority: Authority) -> None:
    context = authority.context(HOST)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    with tls_server(context) as port:
        fault = fault_of(port)
    assert fault.sentence == "the TLS handshake failed: the server accepts none of our ciphers"


def test_a_server_that_speaks_no_tls(fault_of: FaultOf) -> None:
    with HttpReceiver() as receiver:
        fault = fault_of(receiver.port)
    assert (fault.fault, fault.sentence) == (
        Fault.TLS, "the TLS handshake failed: the server does not speak TLS on this port",
    )  # fmt: skip


def test_a_server_that_hangs_up_in_the_handshake(fault_of: FaultOf) -> None:
    with socket.create_server((LOCALHOST, 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        fault = fault_of(server.getsockname()[1])
    assert fault.fault in (Fault.TLS, Fault.CONNECTION)
    assert fault.sentence == "the TLS handshake failed: the server closed the connection"


def test_a_handshake_that_does_not_end_times_out(fault_of: FaultOf) -> None:
    with socket.create_server((LOCALHOST, 0)) as silent:
        fault = fault_of(silent.getsockname()[1])
    assert (fault.fault, fault.sentence) == (Fault.TIMEOUT, "the server did not finish the TLS handshake in time")


def test_a_refused_connection_is_a_connection_fault(fault_of: FaultOf) -> None:
    port = refused_port()
    fault = fault_of(port)
    assert (fault.fault, fault.sentence) == (Fault.CONNECTION, f"the connection to {LOCALHOST} port {port} was refused")


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(TransportFault) as raised:
        Connector(5, {}).open_socket("no-such-host.invalid", 80)
    assert raised.value.fault is Fault.CONNECTION
    assert "no-such-host.invalid" in raised.value.sentence


def test_an_address_that_does_not_answer() -> None:
    """A full queue of connections: what a firewall that drops packets looks like to a client."""
    with socket.socket() as full:
        full.bind((LOCALHOST, 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex((LOCALHOST, port))
        with pytest.raises(TransportFault) as raised:
            Connector(0.3, {}, policy=lambda: LOCAL_RECEIVERS).open_socket(LOCALHOST, port)
        for filler in fillers:
            filler.close()
    assert raised.value.fault is Fault.TIMEOUT
    assert re.fullmatch(rf"no connection to {LOCALHOST} port {port} within 0\.\d+ s", raised.value.sentence)
