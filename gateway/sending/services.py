"""What the configuration may know of Apprise's services: names, fields, and why an address is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from gateway.config.places.services import FieldSpec, RecipientFault
from gateway.errors import InvalidAddress
from gateway.model import Address
from gateway.sending import apprise_api
from gateway.sending.address.options import GUARDED, GUARDED_FILES, NOT_OFFERED
from gateway.sending.address.plugin import checked_plugin, plugin_for
from gateway.sending.address.recipients import narrowed, recipients_of
from gateway.sending.traits import IDENTIFIERS, SERVICES_BY_OTHER_NAME, names_of, traits_of
from gateway.sending.webhook import EVENT_FORMAT, FORMAT, SIGNING_SECRET

LOCAL = ("inbox", "log")
"""The gateway's own services; see `local`."""

LOCAL_FIELDS = {"inbox": {"name": FieldSpec("name")}, "log": {"name": FieldSpec("name")}}
"""A *name* tells two of them apart for readers of the YAML, and has no other effect."""


class AppriseServices:
    """All services of Apprise that the gateway offers, and its own; implements `config.places.services.Services`."""

    @staticmethod
    @cache
    def names() -> frozenset[str]:
        return frozenset({*apprise_api.registry.schemas(), *LOCAL} - NOT_OFFERED)

    @staticmethod
    @cache
    def fields(service: str) -> Mapping[str, FieldSpec]:
        """Tokens of the URL templates, and options of the query except for those that take a mapping."""
        if service in LOCAL:
            return LOCAL_FIELDS[service]
        description = apprise_api.describe(service)
        tokens = description["tokens"]
        fields = {}
        for part in ("tokens", "args"):
            for name, details in description[part].items():
                if name == "schema" or name in GUARDED or (part == "args" and name in GUARDED_FILES):
                    continue
                alias = details.get("alias_of")
                described = tokens.get(alias, details) if isinstance(alias, str) else details
                choices = tuple(str(value) for value in described.get("values") or ())
                is_secret = bool(described.get("private")) and name not in IDENTIFIERS
                fields[name] = FieldSpec(name, bool(details.get("required")), is_secret, choices)
        traits = traits_of(service)
        if traits.is_webhook:
            fields["path"] = FieldSpec("path")
            fields[SIGNING_SECRET] = FieldSpec(SIGNING_SECRET, is_secret=True)
        if traits.can_carry_event:
            fields[FORMAT] = replace(fields[FORMAT], choices=(*fields[FORMAT].choices, EVENT_FORMAT))
        return fields

    def message_names(self) -> frozenset[str]:
        return frozenset(name for service in self.names() for name in names_of(service))

    def is_text_message(self, service: str) -> bool:
        return traits_of(service).is_text_message

    def meant_by(self, name: str) -> str | None:
        return SERVICES_BY_OTHER_NAME.get(name)

    def refusal(self, address: Address) -> str | None:
        if address.service in LOCAL:
            return None
        try:
            plugin_for(address)
        except InvalidAddress as exc:
            return str(exc)
        return None

    def recipient_faults(self, address: Address) -> Sequence[RecipientFault]:
        if address.service in LOCAL:
            return ()
        try:
            checked = checked_plugin(address)
        except InvalidAddress:
            return ()
        return [RecipientFault(asked.field, asked.number, message) for asked, message in checked.faults]

    def recipients(self, address: Address) -> tuple[str, ...]:
        return () if address.service in LOCAL else recipients_of(address)

    def narrow(self, address: Address, recipient: str) -> Address:
        return narrowed(address, recipient)
