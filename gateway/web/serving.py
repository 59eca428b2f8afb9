"""The application for granian: `gateway.web.serving:app`, created from the environment when it is first accessed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.web.rsgi import RsgiApplication


@cache
def create(name: str = "web") -> RsgiApplication:
    """The application of the process that is called *name*.

    Raises: SettingInvalid, ConfigUnreadable, ConfigInvalid.
    """
    from gateway.web.app import runtime_of_environment
    from gateway.web.rsgi import RsgiApplication

    return RsgiApplication(runtime_of_environment(), name)


def __getattr__(name: str) -> Any:
    if name == "app":
        return create()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
