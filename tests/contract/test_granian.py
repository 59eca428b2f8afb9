"""What `gateway/cli/serve.py` and `gateway/web/` rely on in granian beyond its documentation."""

from __future__ import annotations

import inspect
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from granian import Granian
from granian.http import HTTP1Settings


def test_the_application_may_come_from_a_loader_of_ours() -> None:
    assert {"target_loader", "wrap_loader"} <= set(inspect.signature(Granian.serve).parameters)


def test_the_server_has_the_limits_that_we_set() -> None:
    wanted = {"backlog", "backpressure", "workers_kill_timeout", "process_name", "log_dictconfig", "http1_settings"}

    assert wanted <= set(inspect.signature(Granian.__init__).parameters)
    settings = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65536, pipeline_flush=False)
    assert (settings.header_read_timeout, settings.max_buffer_size) == (10_000, 65536)


def test_its_log_has_the_names_that_we_send_to_ours() -> None:
    from granian import log

    assert log.logger.name == "_granian"
    assert log.log_levels_map


APPLICATION = """
async def app(scope, protocol):
    sizes = [len(part) async for part in protocol]
    protocol.response_str(200, [("connection", "close")], f"parts {sizes}")
"""
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """That of a granian whose application says of which parts a body came."""
    folder = tmp_path_factory.mktemp("granian")
    (folder / "parts.py").write_text(APPLICATION)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--port", str(number), "parts:app"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await_listener(number)
            yield number
        finally:
            process.terminate()


def _await_listener(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def answer(port: int, request: bytes, *, ends: bool = False) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while more := connection.recv(65536):
                received += more
        except ConnectionResetError:
            pass
    return received


def test_a_body_in_chunks_ends_with_an_empty_part(port: int) -> None:
    assert answer(port, HEAD + b"2\r\n{}\r\n0\r\n\r\n").endswith(b"parts [2, 0]")


def test_trailers_are_an_empty_part_as_a_missing_chunk_is(port: int) -> None:
    """So the two cannot be told apart, and a body with trailers is refused as one that broke off (docs/http.md)."""
    assert answer(port, HEAD + b"2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n").endswith(b"parts [2, 0, 0]")


def test_a_client_that_closes_its_half_gets_no_answer(port: int) -> None:
    """granian sets no `half_close` of hyper's server and has no option for it; once it does, docs/http.md changes."""
    assert answer(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", ends=True) == b""
    assert "half_close" not in inspect.signature(HTTP1Settings).parameters
