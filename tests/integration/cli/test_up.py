"""`gateway up` for real: everything starts, is kept running, and stops without a trace."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from gateway.embedded import EmbeddedServer
from gateway.store.client import connect
from tests.conftest import Server
from tests.support.gateways import STOP_WITHIN_S, Gateway, await_end, eventually, run, small_config

PATIENCE_S = 300
"""On a machine that is busy with other things, a command alone may take half a minute."""


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A socket's path may have about a hundred characters, and that of `tmp_path` alone may have more."""
    with tempfile.TemporaryDirectory(prefix="ngw") as name:
        yield Path(name)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    one = Gateway(tmp_path / "data", config=small_config(tmp_path)).start()
    yield one
    one.stop()


def test_without_a_configuration_an_example_event_reaches_the_local_inbox(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path / "data", is_cold=True).start()
    try:
        done = gateway.run("send", "ticket.status_changed", "--example", "--wait")
        assert done.returncode == 0, done.stderr
        messages = gateway.json("inbox")
        sent = json.loads(gateway.run("send", "ticket.due_soon", "--example", "--format", "json").stdout)
        event = gateway.json("events", sent["id"])
    finally:
        assert gateway.stop() == 0
    left = datetime.fromisoformat(event["data"]["ticket"]["due_at"]) - datetime.fromisoformat(event["time"])
    assert timedelta() < left <= timedelta(minutes=15), "the dates of an example move to now"
    assert {one["target"] for one in messages} >= {"ana/email", "service-desk"}
    assert all(
        one["title"] == "Keller & Sons Roofing: #10482 Email not working on reception PC is Resolved"
        for one in messages
    )


def test_the_start_message_says_where_everything_is(gateway: Gateway) -> None:
    assert eventually(lambda: "Ctrl-C" in gateway.log.read_text())
    told = gateway.log.read_text()

    assert gateway.url in told
    assert str(gateway.data / "token") in told
    assert gateway.token not in told


def test_a_proxy_of_the_environment_is_said_to_be_unused_without_its_password(tmp_path: Path) -> None:
    gateway = Gateway(
        tmp_path / "data", config=small_config(tmp_path), environ={"HTTPS_PROXY": "http://ana:c4n4ry@proxy.example"}
    ).start()
    try:
        said = "HTTPS_PROXY is not used: set GATEWAY_PROXY to send messages through a proxy"
        assert said in gateway.log.read_text()
        assert "c4n4ry" not in gateway.log.read_text()
    finally:
        assert gateway.stop() == 0


def test_the_first_token_is_for_its_owner_only(gateway: Gateway) -> None:
    assert stat.S_IMODE((gateway.data / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE(gateway.data.stat().st_mode) == 0o700


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    gateway = Gateway(tmp_path / "data", config=small_config(tmp_path), is_cold=True).start()
    family = gateway.family()
    assert len(family) >= 6  # server, web and its process, two workers, dispatcher

    gateway.process.send_signal(number)

    assert gateway.process.wait(STOP_WITHIN_S) == 0
    assert await_end(family) == []
    assert not (gateway.data / "address").exists()


@pytest.mark.parametrize("sign", ["gateway.lock", "token", "socket"])
def test_a_signal_during_the_start_ends_it_as_cleanly(tmp_path: Path, sign: str) -> None:
    gateway = Gateway(tmp_path / "data", config=small_config(tmp_path), is_cold=True)
    gateway.launch()
    path = EmbeddedServer(gateway.data, "always").socket if sign == "socket" else gateway.data / sign
    assert eventually(path.exists)
    family = gateway.family()

    assert gateway.stop() == 0
    assert await_end(family) == []


def test_a_second_signal_ends_everything_at_once(gateway: Gateway) -> None:
    family = gateway.family()
    frozen = gateway.child("--name", "worker-1")
    frozen.send_signal(signal.SIGSTOP)  # so that it cannot stop by itself

    gateway.process.send_signal(signal.SIGINT)
    assert eventually(lambda: "stopping" in gateway.log.read_text())
    gateway.process.send_signal(signal.SIGINT)

    assert gateway.process.wait(20) == 130
    assert await_end(family) == []


def test_a_killed_process_is_started_again(gateway: Gateway) -> None:
    before = gateway.child("--name", "worker-1").pid

    os.kill(before, signal.SIGKILL)

    assert eventually(lambda: "worker-1 was killed (SIGKILL); it starts again" in gateway.log.read_text())
    assert eventually(lambda: _has_other(gateway, before))
    done = gateway.run("send", "ticket.created", "--example", "--wait")
    assert done.returncode == 0, done.stderr


def _has_other(gateway: Gateway, pid: int) -> bool:
    try:
        return gateway.child("--name", "worker-1").pid != pid
    except (StopIteration, psutil.NoSuchProcess):
        return False


def kept(gateway: Gateway, id: str) -> str:
    """The event as the command line shows it, with its deliveries; empty while the gateway does not answer."""
    with suppress(subprocess.TimeoutExpired):
        done = gateway.run("events", id)
        return str(done.stdout) if done.returncode == 0 else ""
    return ""


def test_what_was_accepted_survives_the_server_and_the_whole_gateway(gateway: Gateway) -> None:
    assert gateway.run("send", "ticket.created", "--example", "--id", "kept-1").returncode == 0
    server = next(one for one in gateway.family() if "valkey" in one.name())

    server.kill()
    assert eventually(lambda: kept(gateway, "kept-1"), PATIENCE_S)
    assert gateway.stop() == 0
    gateway.start()

    assert eventually(lambda: kept(gateway, "kept-1"), PATIENCE_S)
    assert eventually(lambda: "delivered" in kept(gateway, "kept-1"), PATIENCE_S)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system tells children of it on Linux only")
def test_children_do_not_outlive_a_gateway_that_was_killed(gateway: Gateway) -> None:
    family = gateway.family()

    gateway.process.kill()
    gateway.process.wait()

    assert await_end(family) == []


def test_a_second_gateway_on_the_same_data_is_refused(gateway: Gateway) -> None:
    done = run("--data", gateway.data, "up", "--bind", "127.0.0.1:0")

    assert done.returncode == 1
    assert f"another gateway (process {gateway.process.pid}) works in the data folder" in done.stderr


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--data", tmp_path / "data", "up", "--bind", f"127.0.0.1:{port}")

    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}: another program listens there already" in done.stderr


def test_a_broken_configuration_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "noc.yaml").write_text(
        "channels:\n  noc: {service: inbox}\nroutes:\n  - {name: all, notify: ['ticket.*.any'], to: [nocc]}\n"
    )

    done = run("--config", tmp_path, "--data", tmp_path / "data", "up", "--bind", "127.0.0.1:0")

    assert done.returncode == 1
    assert "routes/noc.yaml:4:" in done.stderr
    assert "did you mean 'noc'?" in done.stderr
    assert not (tmp_path / "data" / "valkey").exists()


@pytest.mark.parametrize(
    "name", ["my data", "env=prod #1%20 \"ü\" 'x'", "l" * 120], ids=["a blank", "signs and letters", "a long one"]
)
def test_a_data_folder_may_have_any_path(tmp_path: Path, short_folder: Path, name: str) -> None:
    config = small_config(tmp_path)
    gateway = Gateway(tmp_path / name / "data", config=config, environ={"XDG_RUNTIME_DIR": str(short_folder)})
    gateway.data.parent.mkdir()
    dead = short_folder / f"ngw-{os.getuid()}-0123456789abcdef"
    dead.mkdir()
    (dead / "valkey.sock").touch()
    os.utime(dead, (0, 0))
    gateway.start()
    try:
        assert gateway.run("send", "ticket.created", "--example", "--wait").returncode == 0
        assert not dead.exists(), "nobody listens there"
    finally:
        assert gateway.stop() == 0
    assert list(short_folder.glob("ngw-*")) == []


def test_the_socket_folder_of_a_gateway_that_is_just_starting_stays(
    tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    starting, other = (EmbeddedServer(tmp_path / (letter * 120), "always") for letter in "ab")

    starting.command()
    other.command()

    assert starting.socket.parent.exists(), "its server may not have opened the socket yet"


def test_a_server_of_ones_own_may_have_a_socket_with_any_path(
    tmp_path: Path, short_folder: Path, own_server: Server
) -> None:
    folder = short_folder / "red is=#1%"
    folder.mkdir()
    (folder / "s.sock").symlink_to(own_server.socket)
    gateway = Gateway(
        tmp_path / "data",
        config=small_config(tmp_path),
        environ={"REDIS_URL": f"unix://{quote(str(folder / 's.sock'))}"},
    ).start()
    try:
        assert gateway.run("send", "ticket.created", "--example", "--wait").returncode == 0
    finally:
        assert gateway.stop() == 0


def test_a_server_that_was_left_behind_is_ended_and_nothing_of_it_is_lost(gateway: Gateway) -> None:
    assert gateway.run("send", "ticket.created", "--example", "--id", "kept-2").returncode == 0
    assert gateway.stop() == 0
    server = EmbeddedServer(gateway.data, "always")
    leftover = subprocess.Popen(server.command())
    assert eventually(lambda: server.state() == "ready")

    gateway.start()

    assert leftover.wait(10) == 0
    assert "ended the server that an earlier run left behind" in gateway.log.read_text()
    assert gateway.json("events", "kept-2")["id"] == "kept-2"


def test_with_a_server_of_ones_own_none_is_started(tmp_path: Path, redis_url: str) -> None:
    gateway = Gateway(tmp_path / "data", config=small_config(tmp_path), environ={"REDIS_URL": redis_url}).start()
    try:
        assert not any("valkey" in one.name() for one in gateway.family())
        assert gateway.run("send", "ticket.created", "--example", "--wait").returncode == 0
    finally:
        assert gateway.stop() == 0


def test_relaxed_durability_is_the_embedded_servers_too(tmp_path: Path) -> None:
    gateway = Gateway(
        tmp_path / "data", config=small_config(tmp_path), environ={"GATEWAY_DURABILITY": "relaxed"}
    ).start()
    try:
        with connect(EmbeddedServer(gateway.data, "relaxed").url, timeout_s=5) as client:
            assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
    finally:
        assert gateway.stop() == 0


def test_the_supervisor_has_one_thread_for_only_then_may_it_make_copies_of_itself(gateway: Gateway) -> None:
    assert psutil.Process(gateway.process.pid).num_threads() == 1
