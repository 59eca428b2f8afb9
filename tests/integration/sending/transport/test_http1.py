"""Answers as providers write them, good and bad, over a real socket: to a thread, and to a greenlet."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from gateway.sending.transport.deadline import shut
from gateway.sending.transport.event_loop import EventLoop
from gateway.sending.transport.http1 import MAX_RESPONSE_BYTES, Connection, InvalidResponse
from tests.support.event_loops import InLoop, call_in, cooperative

REQUEST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"
Answered = Callable[..., Connection]


@pytest.fixture(params=["thread", "event loop"])
def connected(request: pytest.FixtureRequest) -> Iterator[Callable[[socket.socket], Connection]]:
    """Makes a connection of a socket."""
    if request.param == "thread":
        yield Connection
        return
    loop = EventLoop(max_threads=1)
    opened: list[Connection] = []

    def connect(sock: socket.socket) -> Connection:
        connection = call_in(loop, lambda: Connection(cooperative(sock)))
        opened.append(connection)
        return cast(Connection, InLoop(loop, connection))

    yield connect
    loop.at_close(lambda: [connection.close() for connection in opened])
    loop.close()


@pytest.fixture
def answered(connected: Callable[[socket.socket], Connection]) -> Iterator[Answered]:
    """Builds connections to a provider that has written *answer* already, and *ends* or not."""
    sockets: list[socket.socket] = []

    def build(answer: bytes, *, ends: bool = False) -> Connection:
        ours, theirs = socket.socketpair()
        sockets.extend((ours, theirs))
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        theirs.sendall(answer)
        if ends:
            theirs.shutdown(socket.SHUT_WR)
        return connected(ours)

    yield build
    for sock in sockets:
        sock.close()


def test_an_answer_is_read_and_the_connection_stays(answered: Answered) -> None:
    connection = answered(b"HTTP/1.1 201 Made It\r\nX-One: a\r\nx-one: b\r\nContent-Length: 2\r\n\r\nok")
    answer = connection.request(REQUEST)
    assert (answer.status, answer.phrase, answer.body) == (201, "Made It", b"ok")
    assert answer.headers == {"x-one": "a, b", "content-length": "2"}
    assert connection.is_reusable
    assert connection.is_usable()


def test_chunks_are_put_together_and_trailers_are_no_headers(answered: Answered) -> None:
    connection = answered(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nRetry-After: 9\r\n\r\n"
    )
    answer = connection.request(REQUEST)
    assert answer.body == b"abc"
    assert "retry-after" not in answer.headers
    assert connection.is_reusable


def test_an_interim_answer_is_not_the_answer(answered: Answered) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
    connection = answered(interim + interim + b"HTTP/1.1 204 No Content\r\n\r\n")
    answer = connection.request(REQUEST)
    assert (answer.status, answer.phrase, answer.headers) == (204, "No Content", {})
    assert connection.is_reusable


def test_the_answer_to_head_has_no_body(answered: Answered) -> None:
    connection = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    assert connection.request(HEAD, has_body=False).body == b""
    assert connection.is_reusable


def test_a_body_after_the_answer_to_head_ends_the_connection(answered: Answered) -> None:
    connection = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert connection.request(HEAD, has_body=False).body == b""
    assert not connection.is_reusable


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Not Asked\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok and more",
    ],
    ids=["close", "HTTP/1.0", "a second answer", "something more", "something more after close"],
)
def test_a_connection_is_not_used_again_when(answered: Answered, answer: bytes) -> None:
    connection = answered(answer)
    answer_read = connection.request(REQUEST)
    assert (answer_read.status, answer_read.body) == (200, b"ok")
    assert not connection.is_reusable


def test_an_answer_may_end_with_its_connection(answered: Answered) -> None:
    connection = answered(b"HTTP/1.1 200 OK\r\n\r\nok", ends=True)
    assert connection.request(REQUEST).body == b"ok"
    assert not connection.is_reusable


def test_an_answer_may_come_before_the_request_was_read(connected: Callable[[socket.socket], Connection]) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        theirs.close()
        assert connected(ours).request(REQUEST).status == 413


def test_an_answer_is_read_to_its_limit(answered: Answered) -> None:
    size = 2 * MAX_RESPONSE_BYTES
    connection = answered(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
    assert connection.request(REQUEST).body == b"x" * MAX_RESPONSE_BYTES
    assert not connection.is_reusable


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\nX-Plain: line ends\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200\r\nX-Odd: \x07\x80\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=["bare line feeds", "odd signs"],
)
def test_http_that_is_written_badly_is_an_answer_all_the_same(answered: Answered, answer: bytes) -> None:
    assert answered(answer).request(REQUEST).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: x\r\n" * 20_000,
    ],
    ids=["nothing", "half a head", "half a body", "no last chunk", "another protocol", "an upgrade", "endless headers"],
)
def test_what_is_no_whole_answer_is_a_fault(answered: Answered, answer: bytes) -> None:
    connection = answered(answer, ends=True)
    with pytest.raises(InvalidResponse):
        connection.request(REQUEST)
    assert not connection.is_reusable


@pytest.mark.parametrize(("answer", "ends"), [(b"", True), (b"HTTP/1.1 408 Too Late\r\n\r\n", False)])
def test_an_idle_connection_that_has_ended_or_spoken_is_not_usable(
    answered: Answered, answer: bytes, ends: bool
) -> None:
    assert not answered(answer, ends=ends).is_usable()


def test_a_request_larger_than_the_buffers_is_sent_as_they_empty(
    connected: Callable[[socket.socket], Connection],
) -> None:
    body = b"x" * (8 << 20)
    taken = bytearray()
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)

    def take() -> None:
        while len(taken) < len(body):
            taken.extend(theirs.recv(1 << 20))
        theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    reader = threading.Thread(target=take)
    reader.start()
    with ours, theirs:
        assert connected(ours).request(body).status == 204
        reader.join()
    assert bytes(taken) == body


def test_a_deadline_ends_a_request_that_waits(connected: Callable[[socket.socket], Connection]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = connected(ours)
        timer = threading.Timer(0.1, shut, [connection.sock])
        timer.start()
        with pytest.raises(InvalidResponse, match="closed the connection without an answer"):
            connection.request(REQUEST)
        timer.join()
