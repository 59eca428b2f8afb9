"""RQ carries drain jobs: "drain lane X". This is the only module that uses RQ.

A job holds no data, and losing one costs only a moment: the ledger knows what is due, and the dispatcher enqueues a
drain again if its slot was not taken up in time.

RQ would import and call any function that a job names, besides its callbacks and webhooks. So whoever can write to the
server could run any code in a worker. Therefore a worker reads only the call of a job, calls only the function that it
was given, and refuses any other call without looking it up.
"""

from __future__ import annotations

import json
import logging
import signal
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType

import redis
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from gateway.store.client import translated
from gateway.store.records import Drain

log = logging.getLogger(__name__)

QUEUE = "gateway-drains"
TASK = "gateway.drain"
"""The name in a job's call, whose arguments are the lane and the slot. It is only a name: nothing is imported."""
MAX_CALL_BYTES = 4096
"""The limit of a job's call, uncompressed; a lane and a slot are much smaller."""
JOB_TIMEOUT_S = 120
WORKER_TTL_S = 30
MAX_OUTAGE_WAIT_S = 2.0
"""The longest wait between RQ's tries to reach a server that is away (RQ's own: up to a minute)."""
MAX_WAITING = 1_000
"""How many drain jobs may wait before no more are added; further ones would find their lanes empty."""


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
        """Whether so many jobs wait that another one would be useless."""
        with translated("counting drain jobs"):
            return int(self._queue.count) >= MAX_WAITING


def is_no_outage(record: logging.LogRecord) -> bool:
    """Whether *record* of RQ's log is not about a failed server, which the gateway logs itself."""
    errors = [*(record.args or ()), *(record.exc_info or ())]
    return not any(isinstance(error, redis.RedisError) for error in errors)


class DrainJob(Job):
    """A job of which only the call is read: no callbacks, webhooks or dependencies."""

    drain: Drain | None = None
    """The drain that it asks for, as `[TASK, None, [lane, slot], {}]`; None for anything else."""

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        data = raw_data.get(b"data", b"")
        try:
            data = zlib.decompressobj().decompress(data, MAX_CALL_BYTES)
        except zlib.error:
            data = data[:MAX_CALL_BYTES]  # RQ also accepts uncompressed calls
        with suppress(Exception):  # whatever else somebody has written there is not a call of ours
            name, instance, (lane, slot), keywords = json.loads(data)
            is_ours = name == TASK and instance is None and not keywords
            if is_ours and isinstance(lane, str) and isinstance(slot, str):
                self.drain = Drain(lane, slot)


class DrainWorker(SimpleWorker):
    """An RQ worker that does only drain jobs, and does them in this process, where connections stay open."""

    death_penalty_class = TimerDeathPenalty
    log_job_description = False
    max_connection_wait_time = MAX_OUTAGE_WAIT_S

    def __init__(
        self,
        client: redis.Redis,
        do_drain: Callable[[Drain], None],
        on_stop: Callable[[], None],
        was_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """*was_stopped* says whether a signal came before this worker had its own handlers."""
        super().__init__(
            [QUEUE], connection=client, job_class=DrainJob, serializer=JSONSerializer, worker_ttl=WORKER_TTL_S
        )
        self._do_drain = do_drain
        self._on_stop = on_stop
        self._was_stopped = was_stopped

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Does the drain that *job* asks for, and removes the job without leaving a result."""
        drain = job.drain if isinstance(job, DrainJob) else None
        if drain is None:
            log.error("refused an RQ job on %s that is no drain: something else writes to this server", QUEUE)
        else:
            self._do_drain(drain)
        with self.connection.pipeline(transaction=False) as pipe:
            pipe.delete(job.key)
            pipe.lrem(IntermediateQueue.get_intermediate_queue_key(queue.key), 1, job.id)
            pipe.execute()

    def _set_ip_address(self, connection: redis.Redis) -> None:  # noqa: ARG002 - RQ's signature
        """Does nothing: RQ cannot parse the answer of CLIENT INFO if the path of a unix socket has a space."""
        self.ip_address = "unknown"

    def run(self) -> None:
        """Works until SIGTERM or SIGINT, or until RQ gives up on the server. Raises: StoreUnavailable."""
        rq_log = logging.getLogger("rq.worker")
        rq_log.setLevel(logging.WARNING)
        rq_log.addFilter(is_no_outage)
        # A signal may come before RQ's loop, which is the only place where RQ catches this.
        with translated("taking drain jobs"), suppress(StopRequested):
            self.work(logging_level="WARNING")

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """On the first signal, the running drain ends early, and then the worker."""
        self._on_stop()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call] # RQ's handler has no annotations

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGTERM, self.request_stop)
        # A signal that came while the worker registered itself went to other handlers: RQ does not know of it.
        self._stop_requested = self._stop_requested or self._was_stopped()

    def procline(self, message: str) -> None:
        """Does nothing: the process keeps its name, `gateway worker --name worker-1`."""

    def subscribe(self) -> None:
        """Does nothing: the worker takes no commands over pub/sub, since they are lost after a reconnect, and signals
        are not."""

    def unsubscribe(self) -> None:
        """Does nothing, since nothing was subscribed."""

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Never: RQ's registries hold nothing that is not in the ledger."""
        return False
