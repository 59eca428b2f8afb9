"""Apprise's services: what fields they take, and the object that sends for an address."""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from apprise import Apprise, AppriseAsset
from apprise.manager_plugins import NotificationManager
from apprise.plugins import details

from gateway.config.services import FieldSpec
from gateway.errors import AddressRefused
from gateway.model import Address, Secret

LOCAL = ("inbox", "log")
"""The gateway's own services; see `local`."""

NOT_OFFERED = frozenset({"dbus", "kde", "qt", "glib", "gnome", "windows", "macosx", "syslog", "file", "growl"})
"""They act on the machine that the gateway runs on, not on a channel that people read."""

GUARDED = {
    "verify": "certificates are always checked",
    "redirect": "redirects are never followed",
    "retry": "the gateway retries by itself",
    "wait": "the gateway retries by itself",
    "optional": "a failure is never hidden",
    "attach": "nothing is attached",
    "store": "Apprise keeps nothing on disk",
    "overflow": "a message is cut, never split",
    "rto": "the gateway has a timeout of its own",
    "cto": "the gateway has a timeout of its own",
}
"""Apprise's options that an address may not carry, and why."""

WEBHOOKS = ("json", "jsons", "xml", "xmls", "form", "forms")
"""Generic webhooks: they take a path, and get the delivery's id as a header."""

MAIL = ("mailto", "mailtos")

ASSET = AppriseAsset(app_id="Notification Gateway", app_desc="Notification Gateway", async_mode=False)

_PLUGINS: Any = NotificationManager()  # type: ignore[no-untyped-call] # Apprise has no annotations here
_details: Callable[[Any], Any] = details


class AppriseServices:
    """All services of Apprise that the gateway offers, and its own; implements `config.services.Services`."""

    def names(self) -> frozenset[str]:
        return _names()

    def fields(self, service: str) -> Mapping[str, FieldSpec]:
        return _fields(service)

    def refusal(self, address: Address) -> str | None:
        if address.service in LOCAL:
            return None
        try:
            plugin_for(address)
        except AddressRefused as exc:
            return str(exc)
        return None


@cache
def _names() -> frozenset[str]:
    return frozenset({*_PLUGINS.schemas(), *LOCAL} - NOT_OFFERED)


@cache
def _fields(service: str) -> Mapping[str, FieldSpec]:
    if service in LOCAL:
        return {}
    found = {}
    description = _details(_PLUGINS[service])
    for part in ("tokens", "args"):
        for name, one in description[part].items():
            if name not in ("schema", *GUARDED):
                choices = tuple(str(value) for value in one.get("values", ()))
                found[name] = FieldSpec(name, bool(one.get("required")), bool(one.get("private")), choices)
    for name in description["kwargs"]:
        found[name] = FieldSpec(name)
    if service in WEBHOOKS:
        found["path"] = FieldSpec("path")
    return found


@cache
def _argument_names(service: str) -> Mapping[str, str]:
    """Field -> name of the plugin's argument."""
    description = _details(_PLUGINS[service])
    parts = {**description["tokens"], **description["args"]}

    def argument(name: str) -> str:
        one = parts[name]
        alias = one.get("alias_of")
        if isinstance(alias, str) and alias in parts and alias != name:
            return argument(alias)
        return one.get("map_to") or name

    return {name: argument(name) for name in parts}


def plugin_for(address: Address) -> Any:
    """The Apprise object that sends to *address*. Raises: AddressRefused, with Apprise's reason."""
    secrets = secrets_of(address)
    try:
        with _reasons() as reasons:
            plugin = _from_url(address.url) if address.url else _from_fields(address)
    except (TypeError, ValueError, KeyError, AttributeError) as exc:
        raise AddressRefused(f"it does not understand these fields ({type(exc).__name__})") from exc
    if plugin is None:
        raise AddressRefused(redact(_reason(reasons, address), secrets))
    plugin.request_rate_per_sec = 0  # lanes keep the rate
    return plugin


def _reason(reasons: list[str], address: Address) -> str:
    telling = [text for text in reasons if not text.startswith(("Could not load", "Loaded", "Unsupported URL"))]
    if telling:
        return telling[0].rstrip(".")
    missing = []
    if address.service:
        given = {*address.fields, *(["targets"] if address.recipient else [])}
        missing = [name for name, one in _fields(address.service).items() if one.is_required and name not in given]
    if missing:
        return f"fields of {address.service} are missing: {', '.join(missing)}"
    return "it is no address of the service" if address.service else "it is no URL of a service it knows"


def _from_url(url: Secret) -> Any:
    text = url.reveal()
    parts = urlsplit(text)
    if parts.scheme.lower() in NOT_OFFERED:
        raise AddressRefused(f"the service {parts.scheme!r} is not offered: it acts on the gateway's own machine")
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in GUARDED:
            raise AddressRefused(f"the option {name!r} is not allowed: {GUARDED[name.lower()]}")
    return Apprise.instantiate(text, asset=ASSET)


def _from_fields(address: Address) -> Any:
    service = address.service
    plugin = _PLUGINS[service]
    names = _argument_names(service)
    arguments: dict[str, Any] = {"schema": service}
    secure = plugin.secure_protocol or ()
    arguments["secure"] = service in ((secure,) if isinstance(secure, str) else secure)
    targets: list[Any] = []
    for name, value in address.fields.items():
        plain = _plain(value)
        argument = "fullpath" if name == "path" and service in WEBHOOKS else names.get(name, name)
        if argument == "targets":
            targets += plain if isinstance(plain, list) else [plain]
        else:
            arguments[argument] = int(plain) if argument == "port" else plain
    if address.recipient:
        targets = [_one_recipient(address.recipient.reveal())]
    if targets:
        arguments["targets"] = targets
    if service in MAIL and "from_addr" not in arguments and "@" in str(arguments.get("user", "")):
        arguments["from_addr"] = arguments["user"]  # Apprise would make up an address at the SMTP server
    return Apprise.instantiate(arguments, asset=ASSET)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.reveal() if isinstance(value, Secret) else value


def _one_recipient(text: str) -> str:
    if any(not one.isprintable() for one in text) or any(sign in text for sign in ",;"):
        raise AddressRefused("a contact is one address, without a comma or a line break")
    return text


# ------------------------------------------------------------------ secrets and reasons


def secrets_of(address: Address) -> list[str]:
    """Every secret text of *address*, the longest first."""
    found = [one for one in (address.url, address.recipient) if one]
    for value in address.fields.values():
        found += [one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Secret)]
    texts = [one.reveal() for one in found]
    if address.url:
        texts += [part for part in urlsplit(texts[0]).path.split("/") if len(part) > 5]
    return sorted((text for text in texts if len(text) > 2), key=len, reverse=True)


def redact(text: str, secrets: list[str]) -> str:
    """*text* without any of *secrets*, printable, at most 300 characters."""
    for secret in secrets:
        text = text.replace(secret, "***")
    text = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return text if len(text) <= 300 else text[:299] + "\u2026"


_heard: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("heard", default=None)


class _Listener(logging.Handler):
    """Keeps what Apprise says while somebody in this thread asks for its reasons."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _heard.get()
        if heard is not None:
            heard.append(record.getMessage())


@contextmanager
def _reasons() -> Iterator[list[str]]:
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def _quiet_apprise() -> None:
    """Apprise logs addresses; only the reasons of a refusal are listened to, nothing goes on to our log."""
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    if not any(isinstance(one, _Listener) for one in logger.handlers):
        logger.addHandler(_Listener())


_quiet_apprise()
