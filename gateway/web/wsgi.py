"""The application for a WSGI server: `gateway.web.wsgi:app`, made from the environment when it is first asked for."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


@cache
def create() -> Flask:
    """Raises: SettingInvalid, ConfigUnreadable, ConfigInvalid, ServerUnsuitable, StoreUnavailable."""
    from gateway.delivery.services import AppriseServices
    from gateway.runtime import open_runtime
    from gateway.settings import Settings
    from gateway.web import create_app

    runtime = open_runtime(Settings.from_environ(os.environ), os.environ, AppriseServices())
    return create_app(runtime)


def __getattr__(name: str) -> Any:
    if name == "app":
        return create()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
