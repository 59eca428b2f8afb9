"""What the configuration may know of Apprise's services: their names, their fields, why they refuse an address."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from gateway.config.places.services import FieldSpec
from gateway.errors import InvalidAddress
from gateway.model import Address
from gateway.sending import apprise_address

LOCAL = ("inbox", "log")
"""The gateway's own services; see `local`."""

LOCAL_FIELDS = {"inbox": {"name": FieldSpec("name")}, "log": {"name": FieldSpec("name")}}
"""A *name* tells two of them apart for the reader of the YAML; nothing else depends on it."""

NO_SECRETS = frozenset(
    {
        "account_sid",
        "access_key_id",
        "client_id",
        "project",
        "sid",
        "team",
        "template",
        "tenant",
        "webhook_id",
        "workflow",
    }
)
"""Apprise calls these private; they name an account or a place, and open nothing without the token beside them."""


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
            apprise_address.plugin_for(address)
        except InvalidAddress as exc:
            return str(exc)
        return None


@cache
def _names() -> frozenset[str]:
    return frozenset({*apprise_address.registry.schemas(), *LOCAL} - apprise_address.NOT_OFFERED)


@cache
def _fields(service: str) -> Mapping[str, FieldSpec]:
    """Tokens of the URL templates and options of the query; options that take a mapping come only in a whole URL."""
    if service in LOCAL:
        return LOCAL_FIELDS[service]
    description = apprise_address.describe(service)
    found = {}
    for part in ("tokens", "args"):
        for name, one in description[part].items():
            if (
                name == "schema"
                or name in apprise_address.GUARDED
                or (part == "args" and name in apprise_address.GUARDED_FILES)
            ):
                continue
            of = description["tokens"].get(one.get("alias_of"), one) if isinstance(one.get("alias_of"), str) else one
            choices = tuple(str(value) for value in of.get("values") or ())
            is_secret = bool(of.get("private")) and name not in NO_SECRETS
            found[name] = FieldSpec(name, bool(one.get("required")), is_secret, choices)
    if service in apprise_address.WEBHOOKS:
        found["path"] = FieldSpec("path")
    return found
