"""Which plugins wait only for answers to their HTTP requests, so that they can run in a greenlet."""

from __future__ import annotations

import sys
from functools import cache
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

PLUGINS = "apprise.plugins."
BASE = "apprise.plugins.base"
"""It pauses between messages; the gateway removes these pauses from every plugin."""
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
"""Modules, with everything below them, whose functions return at once."""


@cache
def is_cooperative(plugin: Any) -> bool:
    """Whether a plugin's class waits for `requests` and nothing else; False if in doubt.

    This is derived from the imports of the class's modules. A plugin may use `time` to ask what time it is.
    """
    modules = {base.__module__ for base in plugin.__mro__ if base.__module__.startswith(PLUGINS)}
    imported = set()
    for value in (value for module in modules - {BASE} for value in vars(sys.modules[module]).values()):
        if isinstance(value, ModuleType):
            imported.add(value.__name__)
        elif isinstance(value, BuiltinFunctionType):
            imported.add(f"{value.__module__}.{value.__name__}")
        elif isinstance(value, FunctionType | type):
            imported.add(value.__module__)
    never_wait = tuple(f"{name}." for name in NEVER_WAIT)
    others = imported - modules - {HTTP, "time.time"}
    return HTTP in imported and all(f"{name}.".startswith(never_wait) for name in others)
