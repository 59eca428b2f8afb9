"""What `gateway/queue.py` relies on in RQ beyond its documentation."""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import rq.worker.base
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.worker.base import StopRequested

from tests.conftest import Server


class Quiet(SimpleWorker):
    """Overrides what `DrainWorker` overrides, and notes which of it RQ calls."""

    called: list[str]

    def _install_signal_handlers(self) -> None:
        self.called.append("_install_signal_handlers")

    def procline(self, message: str) -> None:
        self.called.append("procline")

    def subscribe(self) -> None:
        self.called.append("subscribe")

    def unsubscribe(self) -> None:
        self.called.append("unsubscribe")

    @property
    def should_run_maintenance_tasks(self) -> bool:
        self.called.append("should_run_maintenance_tasks")
        return False


@pytest.fixture
def connection(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def test_the_hooks_that_we_override_are_called(connection: redis.Redis) -> None:
    worker = Quiet(["contract"], connection=connection, serializer=JSONSerializer, worker_ttl=30)
    worker.called = []

    worker.work(burst=True)

    hooks = {"_install_signal_handlers", "procline", "subscribe", "unsubscribe", "should_run_maintenance_tasks"}
    assert hooks <= set(worker.called)


def test_a_worker_waits_for_a_server_that_is_away(connection: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    class AwayQueue(Queue):
        @classmethod
        def dequeue_any(cls, *args: Any, **options: Any) -> Any:
            raise redis.ConnectionError

    worker = Quiet(["contract"], connection=connection, queue_class=AwayQueue, serializer=JSONSerializer)
    worker.called = []
    worker.max_connection_wait_time = 2.5
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 5:
            raise StopRequested

    monkeypatch.setattr(rq.worker.base.time, "sleep", sleep)
    records: list[tuple[Any, ...]] = []
    monkeypatch.setattr(worker.log, "error", lambda text, *args: records.append(args))

    with pytest.raises(StopRequested):
        worker.dequeue_job_and_maintain_ttl(1)

    assert max(waits) == 2.5
    assert all(any(isinstance(arg, redis.RedisError) for arg in args) for args in records)


def test_all_keys_have_the_prefix_that_the_acl_names(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        queue = Queue("contract", connection=client, serializer=JSONSerializer)
        queue.enqueue_many([Queue.prepare_data("os.getpid", timeout=5, result_ttl=0, failure_ttl=5)])
        worker = Quiet(["contract"], connection=client, serializer=JSONSerializer)
        worker.called = []
        client.execute_command("ACL", "SETUSER", "default", "resetkeys", "~rq:*")

        assert worker.work(burst=True)

        assert client.execute_command("ACL", "LOG") == []


def test_the_handler_of_a_stop_takes_a_signal_and_a_frame() -> None:
    assert list(inspect.signature(SimpleWorker.request_stop).parameters) == ["self", "signum", "frame"]


def test_a_job_runs_in_the_process_of_a_simple_worker(connection: redis.Redis) -> None:
    queue = Queue("contract", connection=connection, serializer=JSONSerializer)
    queue.enqueue_many([Queue.prepare_data("os.putenv", args=["RAN", "yes"], timeout=5, result_ttl=0, failure_ttl=5)])
    worker = Quiet(["contract"], connection=connection, serializer=JSONSerializer)
    worker.called = []
    worker.death_penalty_class = TimerDeathPenalty
    pids: list[int] = []
    perform: Any = worker.perform_job
    worker.perform_job = lambda *given, **named: pids.append(os.getpid()) or perform(*given, **named)  # type: ignore[method-assign]

    worker.work(burst=True)

    assert pids == [os.getpid()]
    assert queue.count == 0


def test_the_timer_of_a_job_needs_no_signal(redis_url: str) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with TimerDeathPenalty(5):
        assert signal.getsignal(signal.SIGALRM) == before
