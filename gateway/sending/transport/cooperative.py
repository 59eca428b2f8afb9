"""What a service's plugin may wait for: most wait for the answers to their requests and for nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

PLUGINS = "apprise.plugins."
BASE = "apprise.plugins.base"
"""Its pauses between messages are taken out of every plugin (`plugins`)."""
HTTP = "requests"
NEVER_WAIT = frozenset(
    {
        "_hashlib", "_io", "_json", "abc", "apprise.apprise_attachment", "apprise.attachment",
        "apprise.common", "apprise.conversion", "apprise.exception", "apprise.locale", "apprise.url",
        "apprise.utils.base64", "apprise.utils.parse", "apprise.utils.sanitize", "apprise.utils.templates",
        "apprise.utils.xml", "base64", "binascii", "builtins", "collections", "contextlib", "copy",
        "dataclasses", "datetime", "email", "enum", "functools", "gzip", "hashlib", "hmac", "html", "io",
        "itertools", "json", "logging", "math", "os", "posixpath", "re", "secrets", "types", "typing",
        "urllib.parse", "uuid", "xml", "zoneinfo",
    }
)  # fmt: skip
"""Modules whose functions return at once; with all that is below them."""


@cache
def is_cooperative(plugin: Any) -> bool:
    """Whether a plugin's class, by all that its modules import, waits for nothing but `requests`. No, when in doubt.

    `time` may be asked what time it is.
    """
    own = {one.__module__ for one in plugin.__mro__ if one.__module__.startswith(PLUGINS)}
    known = {name for module in own - {BASE} for name in _names_in(module)}
    return HTTP in known and all(_never_waits(name) for name in known - own - {HTTP, "time.time"})


def _names_in(module: str) -> Iterator[str]:
    """What *module* knows of others: `other`, or `other.function` for a built-in one."""
    for known in vars(sys.modules[module]).values():
        if isinstance(known, ModuleType):
            yield known.__name__
        elif isinstance(known, BuiltinFunctionType):
            yield f"{known.__module__}.{known.__name__}"
        elif isinstance(known, FunctionType | type):
            yield known.__module__


def _never_waits(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in NEVER_WAIT)
