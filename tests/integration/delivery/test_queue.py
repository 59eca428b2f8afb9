"""A worker does drain jobs and nothing else, whatever somebody else puts into the queue."""

from __future__ import annotations

import json
import logging
import os
import pickle
import signal
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import redis
from rq import Callback, Queue, Repeat, Retry
from rq.serializers import DefaultSerializer, JSONSerializer

from gateway.queue import QUEUE, TASK, DrainQueue, DrainWorker
from gateway.store.client import connect
from gateway.store.records import Drain

GOOD = Drain("channel/noc", "slot.1")


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url, timeout_s=60, decode=False) as client:
        yield client


def work(client: redis.Redis) -> list[Drain]:
    """The drains that a worker does of what is in the queue."""
    done: list[Drain] = []
    worker = DrainWorker(client, done.append, lambda: None)
    worker.work(burst=True, logging_level="WARNING")
    return done


def test_a_signal_that_came_while_the_worker_began_ends_it(client: redis.Redis) -> None:
    """It has no timeout of its own: without the look at it, the worker waits for jobs until it is killed."""
    stop = threading.Event()

    class Registering(DrainWorker):
        def register_birth(self) -> None:
            super().register_birth()
            stop.set()

    worker = Registering(client, [].append, stop.set, stop.is_set)
    with ends_within(10):
        worker.run()


def test_a_signal_between_rqs_handlers_and_its_loop_ends_the_worker(client: redis.Redis) -> None:
    class Installing(DrainWorker):
        def _install_signal_handlers(self) -> None:
            super()._install_signal_handlers()
            signal.raise_signal(signal.SIGTERM)

    stopped: list[bool] = []
    with ends_within(10):
        Installing(client, [].append, lambda: stopped.append(True)).run()
    assert stopped == [True]


@contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    """Fails when what is inside waits for longer; the handlers of signals are as before afterwards."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"it did not end within {seconds} s")

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def call(path: Path) -> dict[str, Any]:
    return {"name": "os.mkdir", "arguments": [str(path)], "keywords": {}}


def put(client: redis.Redis, data: bytes, **fields: str) -> None:
    """A job as RQ stores it, with *data* as its call."""
    client.hset("rq:job:evil", mapping={"data": data, "origin": QUEUE, "status": "queued", **fields})
    client.rpush(f"rq:queue:{QUEUE}", "evil")


def test_a_drain_job_is_done_and_gone(client: redis.Redis) -> None:
    DrainQueue(client).enqueue([GOOD])

    assert work(client) == [GOOD]
    assert client.keys("rq:job:*") == []
    assert client.llen(f"rq:queue:{QUEUE}:intermediate") == 0


@pytest.mark.parametrize(
    "call",
    [
        ["os.mkdir", None, ["{path}"], {}],
        [TASK, None, ["a", "b", "c"], {}],
        [TASK, None, ["a"], {}],
        [TASK, None, [["a"], "b"], {}],
        [TASK, None, ["a", "b"], {"path": "{path}"}],
        [TASK, "os", ["a", "b"], {}],
        ["gateway.delivery.worker.drain", None, ["a", "b"], {}],
        [TASK],
        {},
        None,
    ],
    ids=json.dumps,
)
def test_another_call_is_refused_without_looking_for_it(
    client: redis.Redis, tmp_path: Path, call: Any, caplog: pytest.LogCaptureFixture
) -> None:
    victim = tmp_path / "made"
    put(client, zlib.compress(json.dumps(call).replace("{path}", str(victim)).encode()))
    DrainQueue(client).enqueue([GOOD])

    with caplog.at_level(logging.ERROR):
        assert work(client) == [GOOD]

    assert not victim.exists()
    assert "refused an RQ job" in caplog.text
    assert not any(secret in caplog.text for secret in ("mkdir", str(victim), "Traceback"))
    assert client.keys("rq:job:*") == []


class Evil:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit",)


@pytest.mark.parametrize(
    "data", [pickle.dumps(Evil()), zlib.compress(b"[" * 10_000_000), b"", b"\xff\x00", zlib.compress(b"[")]
)
def test_what_is_no_call_at_all_is_refused(client: redis.Redis, data: bytes) -> None:
    put(client, data)
    DrainQueue(client).enqueue([GOOD])

    assert work(client) == [GOOD]


def test_callbacks_webhooks_and_bad_fields_are_not_read(client: redis.Redis, tmp_path: Path) -> None:
    mkdir = {"success_callback_name": "os.mkdir", "failure_callback_name": "os.mkdir", "webhooks": "[{}]"}
    good = zlib.compress(json.dumps([TASK, None, [GOOD.lane, GOOD.slot], {}]).encode())
    put(client, good, **mkdir, timeout="never", created_at="yesterday", dependency_ids="{", result_ttl="x")

    assert work(client) == [GOOD]


def test_a_job_that_rq_itself_made_is_refused(client: redis.Redis, tmp_path: Path) -> None:
    Queue(QUEUE, connection=client, serializer=JSONSerializer).enqueue("os.mkdir", str(tmp_path / "made"))

    assert work(client) == []
    assert not (tmp_path / "made").exists()


def mkdir_after(seconds: int) -> Any:
    return lambda queue, path: queue.enqueue_in(timedelta(seconds=seconds), os.mkdir, path)


def mkdir_after_a_drain(queue: Queue, path: str) -> None:
    queue.enqueue(os.mkdir, path, depends_on=queue.enqueue(TASK, GOOD.lane, GOOD.slot))


@pytest.mark.parametrize("serializer", [JSONSerializer, DefaultSerializer])
@pytest.mark.parametrize(
    "enqueue",
    [
        lambda queue, path: queue.enqueue(os.mkdir, path),
        lambda queue, path: queue.enqueue("os.mkdir", path=path),
        lambda queue, path: queue.enqueue(TASK, GOOD.lane, GOOD.slot, path),
        lambda queue, path: queue.enqueue(TASK, lane=GOOD.lane, slot=GOOD.slot),
        lambda queue, path: queue.enqueue_call("os.mkdir", args=(path,), description=b"\xff\xfe", meta={"a": b"\xff"}),
        lambda queue, path: queue.enqueue("os.mkdir", path, at_front=True, retry=Retry(max=3), job_id="x" * 500),
        lambda queue, path: queue.enqueue("os.mkdir", path, repeat=Repeat(times=3)),
        mkdir_after(-1),
        mkdir_after(3600),
    ],
)
def test_nothing_that_rq_can_enqueue_is_called(
    client: redis.Redis, tmp_path: Path, serializer: Any, enqueue: Any
) -> None:
    made = str(tmp_path / "made")
    with suppress(TypeError, ValueError, UnicodeDecodeError):  # what RQ itself refuses reaches no worker
        enqueue(Queue(QUEUE, connection=client, serializer=serializer), made)
    DrainQueue(client).enqueue([GOOD])

    assert work(client) == [GOOD]
    assert not Path(made).exists()
    assert client.llen(f"rq:queue:{QUEUE}") == 0


@pytest.mark.parametrize("serializer", [JSONSerializer, DefaultSerializer])
def test_no_callback_and_no_dependent_job_is_called(client: redis.Redis, tmp_path: Path, serializer: Any) -> None:
    """A drain of the right shape, whose job names other functions beside its call."""
    queue = Queue(QUEUE, connection=client, serializer=serializer)
    callback = Callback("os.mkdir")
    for name in ("on_success", "on_failure", "on_stopped"):
        queue.enqueue(TASK, GOOD.lane, GOOD.slot, **{name: callback})
    mkdir_after_a_drain(queue, str(tmp_path / "made"))
    done = work(client)

    assert set(done) <= {GOOD}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [b"\xff\xfe", b"os.mkdir", b"gateway.drain\x00", b"__import__('os').mkdir"])
def test_a_function_name_of_bytes_is_refused(client: redis.Redis, name: bytes) -> None:
    for data in (pickle.dumps((name, None, ("a", "b"), {})), zlib.compress(pickle.dumps((name, None, (), {})))):
        put(client, data)
        DrainQueue(client).enqueue([GOOD])
        assert work(client) == [GOOD]


def test_what_is_no_job_at_all_stops_no_worker(client: redis.Redis) -> None:
    """Ids without a job, ids that are bytes, and keys of another type where a job belongs."""
    client.set("rq:job:text", "os.mkdir")
    client.rpush("rq:job:list", "os.mkdir")
    client.rpush(f"rq:queue:{QUEUE}", "nothing", b"\xff\xfe", "", "text", "list", "*", "a:b\n")
    DrainQueue(client).enqueue([GOOD])

    worked = [drain for _ in range(10) for drain in work(client)]
    assert worked == [GOOD]
    assert client.llen(f"rq:queue:{QUEUE}") == 0
