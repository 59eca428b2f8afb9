"""Opens everything a process needs: configuration, ledger and queue. The only place that does."""

from __future__ import annotations

import gc
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import redis

from gateway.config.files import find_folder
from gateway.config.places.services import Services
from gateway.config.reload import LiveConfig
from gateway.errors import SettingInvalid
from gateway.model import Scope, Source
from gateway.queue import DrainQueue
from gateway.settings import TOKEN_FILE, Settings
from gateway.store.admission import AdmissionControl
from gateway.store.alarms import Alarms
from gateway.store.client import connect
from gateway.store.eviction import Eviction
from gateway.store.handovers import Handovers
from gateway.store.ledger import Ledger
from gateway.store.overrides import Overrides
from gateway.store.presence import Sessions
from gateway.store.processes import Processes
from gateway.store.rules import KeptRules
from gateway.store.strangers import Strangers
from gateway.store.timers import Timers
from gateway.store.unmapped import UnmappedBodies
from gateway.store.views import Views

LOCAL = "local"
LEDGER_TIMEOUT_S = 2.0
RQ_TIMEOUT_S = 60.0
"""RQ waits for jobs in a blocking call, which may take as long as its worker's time to live."""


@dataclass(frozen=True)
class Runtime:
    """Everything that a process of the gateway holds open."""

    settings: Settings
    config: LiveConfig
    ledger: Ledger
    views: Views
    rules: KeptRules
    timers: Timers
    presence: Sessions
    overrides: Overrides
    handovers: Handovers
    strangers: Strangers
    alarms: Alarms
    processes: Processes
    admission: AdmissionControl
    eviction: Eviction
    unmapped: UnmappedBodies
    queue: DrainQueue
    queue_client: redis.Redis
    """For RQ's workers, which need their own connections with answers as bytes."""
    closed: threading.Event = field(default_factory=threading.Event)
    """Set by `close`; threads that use this runtime end then."""

    def close(self) -> None:
        self.closed.set()
        self.config.close()
        self.admission.close()
        self.ledger.client.close()
        self.queue.close()
        self.queue_client.close()


def open_runtime(settings: Settings, environ: Mapping[str, str], services: Services | None = None) -> Runtime:
    """Loads the configuration, and prepares connections to the ledger's server without using them yet: a process waits
    for a server that cannot serve, and says why (`AdmissionControl.wait_until_server_serves`).

    With *services*, the configuration is also checked against Apprise.

    Raises: SettingInvalid, ConfigUnreadable, ConfigInvalid.
    """
    if settings.redis_url is None:
        raise SettingInvalid("REDIS_URL is not set: only `gateway up` starts a server of its own")
    config = _inherited
    if config is None or not config.is_up_to_date(local_source(settings.data_folder)):
        config = open_config(settings, environ, services)
    config.start_following()  # here, and not where it is loaded: a supervisor forks, so it must have a single thread
    client = connect(settings.redis_url, timeout_s=LEDGER_TIMEOUT_S)
    queue_client = connect(settings.redis_url, timeout_s=RQ_TIMEOUT_S, decode=False)
    admission = AdmissionControl(client, settings)
    gc.freeze()  # the configuration stays, so the garbage collector need not visit it again
    return Runtime(
        settings,
        config,
        Ledger(client, settings),
        Views(client),
        KeptRules(client, settings),
        Timers(client, settings),
        Sessions(client),
        Overrides(client),
        Handovers(client),
        Strangers(client),
        Alarms(client),
        Processes(client),
        admission,
        Eviction(client, settings, admission),
        UnmappedBodies(client, settings),
        DrainQueue(connect(settings.redis_url, timeout_s=LEDGER_TIMEOUT_S, decode=False)),
        queue_client,
    )


def open_config(settings: Settings, environ: Mapping[str, str], services: Services | None = None) -> LiveConfig:
    """The configuration, which is able to follow its files. Raises: ConfigUnreadable, ConfigInvalid."""
    folder = find_folder(settings.config_folder)
    return LiveConfig(folder, environ, services, extra_sources=local_source(settings.data_folder))


_inherited: LiveConfig | None = None


def pass_on(config: LiveConfig) -> None:
    """Makes forks of this process with the same settings start with *config*, as long as its files are unchanged."""
    global _inherited  # noqa: PLW0603 - a fork inherits the modules of its parent and nothing else
    _inherited = config


def local_source(data_folder: Path) -> dict[str, Source]:
    """The source `local`, which may do everything, if the data folder has its token (created by `gateway up`)."""
    try:
        token = (data_folder / TOKEN_FILE).read_text("ascii").strip()
    except FileNotFoundError:
        return {}
    return {LOCAL: Source(LOCAL, frozenset({"*"}), frozenset({sha256(token.encode()).hexdigest()}), frozenset(Scope))}
