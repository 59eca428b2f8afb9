"""What one web process holds open, whichever lane carries a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.runtime import Runtime
from gateway.web.body import BodyQuota
from gateway.web.failed_tokens import FailedTokens


@dataclass(frozen=True)
class WebProcess:
    runtime: Runtime
    failed_tokens: FailedTokens
    quota: BodyQuota = field(default_factory=BodyQuota)


def open_process(runtime: Runtime) -> WebProcess:
    """Begins to watch over what requests only look at: whether the ledger has room."""
    runtime.admission.start_refreshing()
    return WebProcess(runtime, FailedTokens(runtime.settings.failed_tokens))
