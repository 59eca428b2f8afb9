"""RQ carries drain jobs: "drain lane X". This is the only module that knows RQ.

A job holds no data and losing one costs nothing but a moment: the ledger knows what is due, and
the dispatcher enqueues a drain again when its slot was not taken up in time.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from gateway.store.client import translated
from gateway.store.records import Drain

log = logging.getLogger(__name__)

QUEUE = "gateway-drains"
TASK = "gateway.delivery.worker.drain"
"""What a job calls, with (lane, slot)."""
JOB_TIMEOUT_S = 120
WORKER_TTL_S = 30
MAX_WAITING = 1_000
"""Drain jobs that may wait before no more are added: they would find their lanes empty."""


class DrainQueue:
    """The queue of drain jobs."""

    def __init__(self, client: redis.Redis) -> None:
        self._queue = Queue(QUEUE, connection=client, serializer=JSONSerializer)

    def enqueue(self, drains: Sequence[Drain]) -> None:
        """Enqueues a job for each of *drains* in one round trip.

        Raises: StoreUnavailable.
        """
        if not drains:
            return
        jobs = [
            Queue.prepare_data(
                TASK,
                args=[drain.lane, drain.slot],
                timeout=JOB_TIMEOUT_S,
                result_ttl=0,
                failure_ttl=JOB_TIMEOUT_S,
                description="drain",
            )
            for drain in drains
        ]
        with translated("enqueueing drains"):
            self._queue.enqueue_many(jobs)

    def close(self) -> None:
        self._queue.connection.close()

    def is_full(self) -> bool:
        """Whether so many jobs wait that another would only be in the way."""
        with translated("counting drain jobs"):
            return int(self._queue.count) >= MAX_WAITING


class DrainWorker(SimpleWorker):
    """An RQ worker that runs its jobs in this process, where connections stay open."""

    death_penalty_class = TimerDeathPenalty
    log_job_description = False

    def __init__(self, client: redis.Redis, on_stop: Callable[[], None]) -> None:
        super().__init__([QUEUE], connection=client, serializer=JSONSerializer, worker_ttl=WORKER_TTL_S)
        self._on_stop = on_stop
        self.should_stop = False

    def run(self) -> None:
        """Works until SIGTERM or SIGINT, or until RQ gives up on its connection."""
        logging.getLogger("rq.worker").setLevel(logging.WARNING)
        with suppress(redis.RedisError):
            self.work(logging_level="WARNING")

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """First signal: the running drain ends early, and the worker after it."""
        self.should_stop = True
        self._on_stop()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call] # RQ's handler has no annotations

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGTERM, self.request_stop)

    def procline(self, message: str) -> None:
        """The process keeps the name it has: `gateway worker --name worker-1`."""

    def subscribe(self) -> None:
        """No commands over pub/sub: they get lost after a reconnect, signals do not."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Never: RQ's registries hold nothing that the ledger does not know better."""
        return False
