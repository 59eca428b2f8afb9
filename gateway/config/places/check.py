"""The meaning of providers, channels and contacts: every address is one that Apprise takes, every secret is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.config.build import build_address, build_contact_address, contact_recipient
from gateway.config.places.services import FieldSpec, Services
from gateway.config.secrets import SecretMissing, SecretStore, is_secret
from gateway.config.sections import Entry, Sections
from gateway.model import Address, Problem
from gateway.suggestions import did_you_mean, nearest

PROVIDER_KEYS = ("service", "rate", "concurrency", "retry")
PLACE_KEYS = (*PROVIDER_KEYS, "outside")
"""Of a channel, or a contact that is a place of its own, beside the fields of its service."""
URL_KEYS = ("url", "rate", "concurrency", "retry", "outside")
RECIPIENT_KEYS = ("address", "outside")
"""Of a contact that its provider reaches."""


def check_places(sections: Sections, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    """What is wrong with providers, channels and contacts."""
    providers: dict[str, Address] = {}
    for entry in sections.providers.values():
        found = [*check_secrets(entry, secrets), *_check_service(entry, services, PROVIDER_KEYS)]
        yield from found
        if not found:
            providers[entry.name] = build_address(entry.value, secrets)
    for entry in sections.channels.values():
        yield from _check_place(entry, secrets, services)
    refused: dict[str, list[tuple[Entry, str]]] = {}
    for person in sections.people.values():
        for kind in (person.value or {}).get("contacts", {}):
            contact = person.below("contacts", kind)
            if contact_recipient(contact.value) is None:
                yield from _check_own_place(contact, secrets, services)
                continue
            found = [*check_secrets(contact, secrets), *_check_recipient(contact, kind, sections)]
            yield from found
            if services and kind in providers and not found:
                refusal = services.refusal(build_contact_address(contact.value, providers[kind], secrets))
                refused.setdefault(kind, []).extend([(contact, refusal)] if refusal else [])
    for kind, refusals in refused.items():
        yield from _told_once(sections.providers[kind], refusals)


def _told_once(provider: Entry, refusals: list[tuple[Entry, str]]) -> Iterator[Problem]:
    """What is wrong with a provider is said of it, not of everybody that it should reach."""
    reasons = {reason for _, reason in refusals}
    if len(reasons) == 1 and (len(refusals) > 1 or next(iter(reasons)).startswith("missing:")):
        yield _refused(provider, reasons.pop())
        return
    for contact, reason in refusals:
        yield _refused(contact, reason)


def _refused(entry: Entry, reason: str) -> Problem:
    return entry.problem((), f"Apprise refuses this: {reason}", key=True)


def check_secrets(entry: Entry, secrets: SecretStore) -> Iterator[Problem]:
    """Secrets of *entry*, at any depth, that cannot be had."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), entry.value)]
    while waiting:
        rest, value = waiting.pop()
        if is_secret(value):
            try:
                secrets.resolve(value)
            except SecretMissing as exc:
                yield entry.problem(rest, str(exc))
        elif isinstance(value, dict):
            waiting += [((*rest, key), one) for key, one in value.items()]
        elif isinstance(value, list):
            waiting += [((*rest, number), one) for number, one in enumerate(value)]


# ------------------------------------------------------------------ one place


def _check_place(entry: Entry, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    """A channel, or a contact that is a place of its own: a url, or a service with its fields."""
    value = entry.value
    if "url" in value and "service" not in value:
        found = [*check_secrets(entry, secrets), *_check_url_keys(entry)]
    elif "service" in value and not ("url" in value and is_secret(value["url"])):
        found = [*check_secrets(entry, secrets), *_check_service(entry, services, PLACE_KEYS)]
    elif "service" in value:
        found = [entry.problem((), "a url and a service stand here", "give one of the two", key=True)]
    else:
        found = [_no_place(entry, ("url", "service"))]
    yield from found
    if services and not found:
        refusal = services.refusal(build_address(value, secrets))
        if refusal:
            yield _refused(entry, refusal)


def _no_place(entry: Entry, wanted: tuple[str, ...]) -> Problem:
    """Neither of *wanted* stands here, or one of them with a slip in its name."""
    for key in wanted:
        for slip in nearest(key, entry.value, most=1):
            return entry.problem((slip,), f"unknown key {slip!r}", f"did you mean {key!r}?", key=True)
    *most, last = wanted
    return entry.problem((), f"neither {', '.join(most)} nor {last} stands here", "give one of them", key=True)


def _check_url_keys(entry: Entry) -> Iterator[Problem]:
    for name in entry.value:
        if name not in URL_KEYS:
            hint = did_you_mean(name, URL_KEYS) or "put it into the url, or give a service and its fields"
            yield entry.problem((name,), f"{name!r} cannot stand beside a url", hint, key=True)


def _check_service(entry: Entry, services: Services | None, own: Iterable[str]) -> Iterator[Problem]:
    """An unknown service, and fields that it does not take; *own* are our keys beside them."""
    if services is None:
        return
    service = entry.value["service"]
    if service not in services.names():
        known = services.names()
        meant = services.meant_by(service.lower())
        hint = f"did you mean {meant!r}?" if meant else did_you_mean(service.lower(), known)
        yield entry.problem(("service",), f"unknown service {service!r}", hint)
        return
    fields = services.fields(service)
    for name, value in entry.value.items():
        if name in own:
            continue
        if name not in fields:
            hint = did_you_mean(name, [*fields, *own])
            yield entry.problem((name,), f"the service {service!r} has no field {name!r}", hint, key=True)
        else:
            yield from _check_field(entry, fields[name], value)


def _check_field(entry: Entry, field: FieldSpec, value: Any) -> Iterator[Problem]:
    values = value if isinstance(value, list) else [value]
    if field.is_secret and any(isinstance(one, str | int | float) for one in values):
        yield entry.problem((field.name,), "a secret stands in the YAML", f"write {{env: NAME}} for {field.name}")
        return
    choices = {one.casefold() for one in field.choices}
    for one in values:
        if choices and isinstance(one, str) and one.casefold() not in choices:
            hint = did_you_mean(one, field.choices)
            yield entry.problem((field.name,), f"{one!r} is none of {', '.join(field.choices)}", hint)


# ------------------------------------------------------------------ contacts


def _check_own_place(contact: Entry, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    """A contact given as a map without an address."""
    value = contact.value
    if "url" in value or "service" in value:
        yield from _check_place(contact, secrets, services)
    elif reference := next((key for key in ("env", "file") if key in value), None):
        hint = f"write address: {{{reference}: {value[reference]}}}"
        yield contact.problem((reference,), f"{reference!r} stands alone here", hint, key=True)
    else:
        yield _no_place(contact, ("address", "url", "service"))


def _check_recipient(contact: Entry, kind: str, sections: Sections) -> Iterator[Problem]:
    """A contact that the provider of its kind reaches."""
    value: Mapping[str, Any] = contact.value if isinstance(contact.value, dict) else {}
    for name in value:
        if name not in RECIPIENT_KEYS and not is_secret(value):
            hint = did_you_mean(name, RECIPIENT_KEYS) or f"it belongs to providers.{kind}"
            yield contact.problem((name,), f"{name!r} cannot stand beside an address", hint, key=True)
    if not sections.knows("providers", kind):
        hint = did_you_mean(kind, sections.providers) or f"add providers.{kind}, or give the contact a url of its own"
        yield contact.problem((), f"no provider reaches a contact of kind {kind!r}", hint, key=True)
