"""The systems that can be measured: one module each, all of the shape in `base.py`."""

from __future__ import annotations

from systems.alertmanager import Alertmanager
from systems.apprise_api import AppriseApi
from systems.base import System
from systems.dramatiq_app import DramatiqApp
from systems.gateway import Gateway, RelaxedGateway
from systems.naive import Naive
from systems.rq_job import RqJob

SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (Gateway(), RelaxedGateway(), AppriseApi(), Alertmanager(), Naive(), RqJob(), DramatiqApp())
}
