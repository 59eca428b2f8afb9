"""The application for granian: `gateway.web.serving:app`, made from the environment when it is first asked for."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.web.rsgi import Application


@cache
def create() -> Application:
    """Raises: SettingInvalid, ConfigUnreadable, ConfigInvalid, ServerUnsuitable, StoreUnavailable."""
    from gateway.runtime import open_runtime
    from gateway.sending.services import AppriseServices
    from gateway.settings import Settings
    from gateway.web.rsgi import Application

    runtime = open_runtime(Settings.from_environ(os.environ), os.environ, AppriseServices())
    return Application(runtime)


def __getattr__(name: str) -> Any:
    if name == "app":
        return create()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
