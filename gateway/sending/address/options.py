"""Services and options of Apprise that an address may not use, and why."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.errors import InvalidAddress
from gateway.sending import apprise_api

NOT_OFFERED = frozenset(
    {"blink1", "dbus", "file", "gio", "glib", "gnome", "growl", "kde", "macosx", "qt", "syslog", "windows"}
)
"""Services that act on the gateway's own machine, and not on a channel that people read."""

GUARDED = {
    "attach": "nothing is attached",
    "cto": "the gateway has a timeout of its own",
    "emojis": "text is sent as it is",
    "optional": "a failure is never hidden",
    "overflow": "a message is cut, never split",
    "redirect": "redirects are never followed",
    "retry": "the gateway retries by itself",
    "rto": "the gateway has a timeout of its own",
    "store": "Apprise keeps nothing on disk",
    "verify": "certificates are always checked",
    "wait": "the gateway retries by itself",
}
"""Options that an address of any service may not have, and why."""

GUARDED_FILES = {
    "template": "messages come from the catalogue",
    "pgppub": "key files are not read",
    "pgpprv": "key files are not read",
}
"""Options that make Apprise read a file. A service may have a token of the same name, which is allowed."""


def refuse_service(service: str) -> None:
    """Raises: InvalidAddress if *service* is not offered."""
    if service in NOT_OFFERED:
        raise InvalidAddress(f"the service {service!r} is not offered: it acts on the gateway's own machine")


def refuse_options(service: str, options: Iterable[str]) -> None:
    """Raises: InvalidAddress if one of the names in *options* is guarded."""
    tokens = apprise_api.describe(service)["tokens"]
    for name in options:
        reason = GUARDED.get(name.lower()) or (name not in tokens and GUARDED_FILES.get(name.lower()))
        if reason:
            raise InvalidAddress(f"the option {name!r} is not allowed: {reason}")
