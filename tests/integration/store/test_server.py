"""A server that cannot serve is refused, or waited for, with a sentence that says what to do and no password."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.errors import ServerUnsuitable, StoreUnavailable
from gateway.queue import DrainQueue, DrainWorker
from gateway.store.client import check_server, connect, translated
from gateway.store.ledger import Ledger
from gateway.store.records import Drain
from gateway.store.views import Views
from tests.conftest import Server
from tests.integration.store.test_ledger import LANE, acceptance, settings
from tests.support.gateways import ROOT, Gateway, eventually
from tests.support.receivers import Authority


@contextmanager
def server(folder: Path, *flags: str) -> Iterator[Server]:
    running = Server(folder, *flags)
    try:
        yield running
    finally:
        running.kill()


@pytest.fixture
def locked(own_server: Server) -> Server:
    """A server that asks for the password s3cr/x."""
    with redis.Redis.from_url(own_server.url) as client:
        client.config_set("requirepass", "s3cr/x")
    return own_server


def failure(url: str) -> str:
    unusable = (ServerUnsuitable, StoreUnavailable)
    with closing(connect(url, timeout_s=2)) as client, pytest.raises(unusable) as caught:
        check_server(client, durability="always")
    return str(caught.value)


def refused_write(url: str) -> str:
    with closing(connect(url, timeout_s=2)) as client, pytest.raises(StoreUnavailable) as caught, translated("trying"):
        client.set("a", "b")
    return str(caught.value)


def with_password(server: Server, password: str) -> str:
    return server.url.replace("unix://", f"unix://:{password}@")


def test_the_right_password_opens_the_server(locked: Server) -> None:
    with closing(connect(with_password(locked, "s3cr%2Fx"), timeout_s=2)) as client:
        assert check_server(client, durability="always") == []


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("wr0ng", "refuses the user or password of REDIS_URL"), ("", "asks for a password, and REDIS_URL has none")],
)
def test_a_wrong_password_and_none_are_told_apart(locked: Server, password: str, sentence: str) -> None:
    told = failure(with_password(locked, password) if password else locked.url)

    assert told.endswith(sentence)
    assert "wr0ng" not in told


def test_a_database_that_the_server_does_not_have(own_server: Server) -> None:
    assert failure(f"{own_server.url}?db=99").endswith("has no database of the number in REDIS_URL")


def test_a_server_in_cluster_mode(own_server: Server, tmp_path: Path) -> None:
    folder = own_server.folder / "cluster"
    folder.mkdir()
    with server(folder, "--cluster-enabled", "yes") as cluster:
        assert "cluster mode" in failure(cluster.url)
        assert "cluster mode" in refused_write(cluster.url)


def test_a_read_only_replica(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        client.config_set("replica-serve-stale-data", "yes")
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
    assert "is a read-only replica" in failure(own_server.url)
    assert "is a read-only replica" in refused_write(own_server.url)


def test_a_user_without_the_right_to_write(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        client.acl_setuser("app", enabled=True, passwords=["+pw"], keys=["x*"], commands=["+@all"])
    assert "denies the user of REDIS_URL" in refused_write(own_server.url.replace("unix://", "unix://app:pw@"))


def test_the_rights_that_the_documentation_names_are_enough(own_server: Server) -> None:
    (rule,) = re.findall(r"ACL SETUSER gateway (.*?)`", (ROOT / "docs" / "operations.md").read_text())
    with redis.Redis.from_url(own_server.url) as client:
        client.execute_command("ACL", "SETUSER", "gateway", *rule.replace("PASSWORD", "pw").split())
    url = own_server.url.replace("unix://", "unix://gateway:pw@")
    with closing(connect(url, timeout_s=5)) as client, closing(connect(url, timeout_s=60, decode=False)) as raw:
        assert check_server(client, durability="always") == []
        ledger = Ledger(client, settings())
        _, drains = ledger.accept([acceptance("evt-1", "noc")])
        DrainQueue(raw).enqueue(drains)
        done: list[Drain] = []
        DrainWorker(raw, done.append, lambda: None).work(burst=True, logging_level="WARNING")
        assert done == drains
        assert len(ledger.claim(LANE, done[0].slot, 10)[0]) == 1
        assert (ledger.reap(), ledger.wake(), ledger.trim()) == ([], [], 0)
        assert len(Views(client).deliveries()) == 1


def test_nobody_listens(tmp_path: Path) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert failure(f"redis://:s3cr@127.0.0.1:{port}/0").endswith("nobody listens at the address of REDIS_URL")
    assert failure(f"unix://{tmp_path}/none.sock").endswith("there is no socket at the path of REDIS_URL")


def test_what_answers_is_no_redis() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(1000)

        thread = threading.Thread(target=answer)
        thread.start()
        assert failure(f"redis://127.0.0.1:{listener.getsockname()[1]}/0").endswith("is no Redis or Valkey")
        thread.join(5)


@contextmanager
def behind_tls(context: ssl.SSLContext, socket_path: Path) -> Iterator[int]:
    """The port of a proxy that takes TLS for the server behind *socket_path*, one connection after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with (
                    connection,
                    suppress(OSError),
                    context.wrap_socket(connection, server_side=True) as client,
                    socket.socket(socket.AF_UNIX) as behind,
                ):
                    behind.connect(str(socket_path))
                    while request := client.recv(65536):
                        behind.sendall(request)
                        client.sendall(behind.recv(65536))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize(
    ("certificate", "authority_is_named", "ending"),
    [
        ({}, False, "is not trusted: name its CA with ?ssl_ca_certs=FILE in REDIS_URL"),
        ({"is_self_signed": True}, True, "is not trusted: name its CA with ?ssl_ca_certs=FILE in REDIS_URL"),
        ({"begins": timedelta(days=-9), "ends": timedelta(days=-1)}, True, "has expired, or is not valid yet"),
        ({"begins": timedelta(days=1), "ends": timedelta(days=9)}, True, "has expired, or is not valid yet"),
    ],
)
def test_a_certificate_of_the_server_that_is_not_valid(
    own_server: Server, tmp_path: Path, certificate: dict[str, Any], authority_is_named: bool, ending: str
) -> None:
    authority = Authority(tmp_path)
    options = f"?ssl_ca_certs={authority.bundle}" if authority_is_named else ""
    with behind_tls(authority.context("127.0.0.1", **certificate), own_server.socket) as port:
        said = failure(f"rediss://:s3cr@127.0.0.1:{port}/0{options}")
    assert said.endswith(f"the certificate of the ledger's server {ending}")
    assert "s3cr" not in said


def test_a_certificate_of_the_server_for_another_host(own_server: Server, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with behind_tls(authority.context("cache.example.com"), own_server.socket) as port:
        said = failure(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={authority.bundle}")
    assert said.endswith("the certificate of the ledger's server is not for the host of REDIS_URL")


def test_a_server_that_speaks_no_tls(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        client.config_set("bind", "127.0.0.1")
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        client.config_set("port", port)
    assert "does not answer in TLS" in failure(f"rediss://127.0.0.1:{port}/0")


def test_a_server_with_a_certificate_of_a_named_authority_is_used(own_server: Server, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with behind_tls(authority.context("127.0.0.1"), own_server.socket) as port:
        url = f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={authority.bundle}"
        with closing(connect(url, timeout_s=2)) as client:
            assert check_server(client, durability="always") == []


def test_gateway_up_says_that_the_certificate_of_the_server_is_not_trusted(own_server: Server, tmp_path: Path) -> None:
    with behind_tls(Authority(tmp_path).context("127.0.0.1"), own_server.socket) as port:
        environ = {"REDIS_URL": f"rediss://:s3cr@127.0.0.1:{port}/0"}
        gateway = Gateway(tmp_path / "data", environ=environ)
        gateway.launch()
        try:
            assert eventually(lambda: "is not trusted: name its CA" in gateway.log.read_text())
        finally:
            gateway.stop()
    assert "s3cr" not in gateway.log.read_text()
    assert "Traceback" not in gateway.log.read_text()
