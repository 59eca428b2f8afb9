"""A server that cannot serve is refused, or waited for, with a sentence that says what to do and no password."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.errors import StoreUnavailable
from gateway.queue import DrainQueue, DrainWorker
from gateway.store.client import connect, translated
from gateway.store.ledger import Ledger
from gateway.store.records import Drain
from gateway.store.server_check import check_server
from gateway.store.views import Views
from tests.conftest import Server
from tests.integration.store.test_ledger import LANE, acceptance, settings
from tests.support.gateways import ROOT, Gateway, eventually, small_config
from tests.support.receivers import Authority
from tests.support.tls_relay import TlsRelay


@contextmanager
def another_server(folder: Path, *flags: str) -> Iterator[Server]:
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
    with closing(connect(url, timeout_s=2)) as client, pytest.raises(StoreUnavailable) as caught:
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
        assert check_server(client, durability="always").warnings == ()


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("wr0ng", "refuses the user or password of REDIS_URL"), ("", "asks for a password, and REDIS_URL has none")],
)
def test_a_wrong_password_and_none_are_told_apart(locked: Server, password: str, sentence: str) -> None:
    told = failure(with_password(locked, password) if password else locked.url)

    assert sentence in told
    assert "wr0ng" not in told


def test_a_database_that_the_server_does_not_have(own_server: Server) -> None:
    assert failure(f"{own_server.url}?db=99").startswith(
        "the ledger's server has no database of the number in REDIS_URL"
    )


def test_a_server_in_cluster_mode(own_server: Server, tmp_path: Path) -> None:
    folder = own_server.folder / "cluster"
    folder.mkdir()
    with another_server(folder, "--cluster-enabled", "yes") as cluster:
        assert "cluster mode" in failure(cluster.url)
        assert "cluster mode" in refused_write(cluster.url)
        with redis.Redis.from_url(cluster.url) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        assert "cluster mode" in failure(cluster.url), "it takes writes now, but RQ's keys lie in another slot"


def test_a_read_only_replica_is_refused(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        client.config_set("replica-serve-stale-data", "yes")
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
    assert "is a read-only replica" in failure(own_server.url)
    assert "is a read-only replica" in refused_write(own_server.url)


def test_a_replica_that_takes_writes_of_its_own(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        client.config_set("replica-read-only", "no")
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
    assert "is a replica, which loses what is written to it" in failure(own_server.url)


def test_a_primary_with_too_few_replicas(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        client.config_set("min-replicas-to-write", 1)
        assert "has fewer replicas than its min-replicas-to-write" in failure(own_server.url)


@pytest.mark.parametrize(
    ("keys", "commands", "sentence"),
    [
        (["{ngw}:*"], ["+@all"], "denies the user of REDIS_URL the keys rq:*"),
        (["rq:*"], ["+@all"], "denies the user of REDIS_URL the keys {ngw}:*"),
        (["{ngw}:*", "rq:*"], ["+@all", "-info"], "denies the user of REDIS_URL the command INFO"),
        (["%R~*"], ["+@all"], "denies the user of REDIS_URL the keys {ngw}:*"),
    ],
)
def test_a_right_that_is_missing_is_named(
    own_server: Server, keys: list[str], commands: list[str], sentence: str
) -> None:
    patterns = [key if key.startswith("%") else f"~{key}" for key in keys]
    with redis.Redis.from_url(own_server.url) as client:
        client.execute_command("ACL", "SETUSER", "app", "on", ">pw", *patterns, *commands)
    assert sentence in failure(own_server.url.replace("unix://", "unix://app:pw@"))


def test_a_user_without_the_right_to_write(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        client.acl_setuser("app", enabled=True, passwords=["+pw"], keys=["x*"], commands=["+@all"])
    assert "denies the user of REDIS_URL" in refused_write(own_server.url.replace("unix://", "unix://app:pw@"))


def test_the_rights_that_the_documentation_names_are_enough(own_server: Server) -> None:
    (rule,) = re.findall(r"ACL SETUSER gateway (.*)", (ROOT / "docs" / "operations.md").read_text())
    with redis.Redis.from_url(own_server.url) as client:
        client.execute_command("ACL", "SETUSER", "gateway", *rule.replace("PASSWORD", "pw").split())
    url = own_server.url.replace("unix://", "unix://gateway:pw@")
    with closing(connect(url, timeout_s=5)) as client, closing(connect(url, timeout_s=60, decode=False)) as raw:
        assert check_server(client, durability="always").warnings == ()
        ledger = Ledger(client, settings())
        _, drains = ledger.accept([acceptance("evt-1", "noc")])
        DrainQueue(raw).enqueue(drains)
        done: list[Drain] = []
        DrainWorker(raw, done.append, lambda: None).work(burst=True, logging_level="WARNING")
        assert done == drains
        assert len(ledger.claim(LANE, done[0].slot, 10)[0]) == 1
        assert (ledger.reap(), ledger.wake(), ledger.trim()) == ([], [], 0)
        assert len(Views(client).deliveries()) == 1


def test_an_address_where_nobody_listens_is_named_in_the_error(own_server: Server) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert failure(f"redis://:s3cr@127.0.0.1:{port}/0").startswith("nobody listens at the address of REDIS_URL")
    assert failure(f"unix://{own_server.folder}/none.sock").startswith("there is no socket at the path of REDIS_URL")
    assert "is longer than the system allows" in failure(f"unix:///tmp/{'x' * 120}/none.sock")


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
        assert failure(f"redis://127.0.0.1:{listener.getsockname()[1]}/0").startswith(
            "what answers at the address of REDIS_URL is no Redis or Valkey"
        )
        thread.join(5)


# ------------------------------------------------------------------ TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_server_with_a_certificate_of_ones_own_authority(server: Server, authority: Authority) -> None:
    with TlsRelay(str(server.socket), authority.context("127.0.0.1")) as relay:
        url = f"rediss://127.0.0.1:{relay.port}/0?ssl_ca_certs={authority.bundle}"
        with closing(connect(url, timeout_s=5)) as client:
            assert check_server(client, durability="always").warnings == ()
        untrusted = failure(f"rediss://127.0.0.1:{relay.port}/0")
        assert untrusted.startswith("the certificate of the ledger's server is not trusted: name its CA with")
        unchecked = f"rediss://127.0.0.1:{relay.port}/0?ssl_cert_reqs=none"
        with closing(connect(unchecked, timeout_s=5)) as client:
            assert client.ping()
        assert "begins with rediss://" in failure(f"redis://127.0.0.1:{relay.port}/0")


@pytest.mark.parametrize(
    ("name", "certificate", "sentence"),
    [
        ("127.0.0.1", {"is_self_signed": True}, "is not trusted: name its CA"),
        ("127.0.0.1", {"begins": timedelta(days=-9), "ends": timedelta(days=-1)}, "has expired, or is not valid yet"),
        ("127.0.0.1", {"begins": timedelta(days=1), "ends": timedelta(days=9)}, "has expired, or is not valid yet"),
        ("cache.example", {}, "is for another name than the host of REDIS_URL"),
    ],
)
def test_a_certificate_that_does_not_fit(
    server: Server, authority: Authority, name: str, certificate: dict[str, Any], sentence: str
) -> None:
    with TlsRelay(str(server.socket), authority.context(name, **certificate)) as relay:
        refusal = failure(f"rediss://:s3cr@127.0.0.1:{relay.port}/0?ssl_ca_certs={authority.bundle}")
    assert sentence in refusal
    assert "s3cr" not in refusal


def test_a_server_that_asks_for_a_certificate_of_ours(server: Server, authority: Authority) -> None:
    context = authority.context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.bundle)
    ours = authority.certificate("gateway")
    with TlsRelay(str(server.socket), context) as relay:
        url = f"rediss://127.0.0.1:{relay.port}/0?ssl_ca_certs={authority.bundle}"
        with closing(connect(f"{url}&ssl_certfile={ours}&ssl_keyfile={ours}", timeout_s=5)) as client:
            assert client.ping()
        assert "if it asks for a certificate, name yours" in failure(url)


def test_a_file_that_is_no_certificate(server: Server, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("s3cr")
    with TlsRelay(str(server.socket), authority.context("127.0.0.1")) as relay:
        sentence = failure(f"rediss://127.0.0.1:{relay.port}/0?ssl_ca_certs={tmp_path}/ca.pem")
    assert sentence.startswith("a file that REDIS_URL names with ssl_... holds no certificate or key")


def test_tls_to_a_port_without_it(tmp_path: Path, own_server: Server) -> None:
    folder = own_server.folder / "tcp"
    folder.mkdir()
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with another_server(folder, "--port", str(port)):
        assert "does not speak TLS at the port of REDIS_URL" in failure(f"rediss://127.0.0.1:{port}/0")


def test_gateway_up_says_that_the_certificate_of_the_server_is_not_trusted(own_server: Server, tmp_path: Path) -> None:
    with TlsRelay(str(own_server.socket), Authority(tmp_path).context("127.0.0.1")) as relay:
        environ = {"REDIS_URL": f"rediss://:s3cr@127.0.0.1:{relay.port}/0"}
        gateway = Gateway(tmp_path / "data", config=small_config(tmp_path), environ=environ)
        gateway.launch()
        try:
            assert eventually(lambda: "is not trusted: name its CA" in gateway.log.read_text())
        finally:
            gateway.stop()
    assert "s3cr" not in gateway.log.read_text()
    assert "Traceback" not in gateway.log.read_text()
