"""Checks providers, channels and contacts: Apprise must accept every address, and every secret must be set.

No message of this module quotes the value of a field or of an address, since either may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.config.places import keys
from gateway.config.places.build import build_address, build_contact_address, contacts, recipient_of
from gateway.config.places.keys import Kind
from gateway.config.places.services import Services
from gateway.config.secrets import KEYS as SECRET_KEYS
from gateway.config.secrets import SecretStore, check_secrets, is_secret
from gateway.config.sections import Entry, Sections
from gateway.model import Address, Problem
from gateway.quoting import mask, quote
from gateway.suggestions import did_you_mean, nearest

MISSING = "missing:"
"""The beginning of Apprise's refusal if a field of the provider is missing, so that every contact is wrong."""
ABOUT_CONTACT = "a contact "
"""The beginning of a refusal that is about the recipient, so that only this contact is wrong."""


def check_places(sections: Sections, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    """Problems of providers, channels and contacts. If *services* is None, fields and addresses are not checked."""
    providers: dict[str, Address] = {}
    for entry in sections.providers.values():
        problems = [*check_secrets(entry, secrets), *_check_service(entry, services, Kind.PROVIDER)]
        yield from problems
        if not problems:
            providers[entry.name] = build_address(entry, secrets)
    for entry in sections.channels.values():
        yield from _check_place(entry, secrets, services)
    refusals: dict[str, list[tuple[Entry, str]]] = {}
    for person in sections.people.values():
        for kind, contact in contacts(person):
            if recipient_of(contact.value) is None:
                yield from _check_place(contact, secrets, services, ("address", "url", "service"))
                continue
            problems = [*check_secrets(contact, secrets), *_check_recipient(contact, kind, sections)]
            yield from problems
            if services and kind in providers and not problems:
                address = build_contact_address(contact, providers[kind], secrets)
                faults = list(_check_recipients(contact, address, services))
                yield from faults
                if not faults and (refusal := services.refusal(address)):
                    refusals.setdefault(kind, []).append((contact, refusal))
    for kind, refused in refusals.items():
        yield from _report_refusals(sections.providers[kind], refused)


def _report_refusals(provider: Entry, refused: list[tuple[Entry, str]]) -> Iterator[Problem]:
    """A mistake in a provider is one problem there, and not one for each person whom it should reach."""
    reasons = {reason for _, reason in refused}
    reason = next(iter(reasons))
    is_shared = len(reasons) == 1 and not reason.startswith(ABOUT_CONTACT)
    if is_shared and (len(refused) > 1 or reason.startswith(MISSING)):
        refused = [(provider, reason)]
    for entry, reason in refused:
        yield _refusal(entry, reason)


def _refusal(entry: Entry, reason: str) -> Problem:
    return entry.problem((), f"Apprise rejects this address: {reason}", key=True)


def _check_recipients(entry: Entry, address: Address, services: Services) -> Iterator[Problem]:
    """Recipients that Apprise would drop or change, each with its own place in the YAML."""
    for fault in services.recipient_faults(address):
        value = entry.value.get(fault.field) if isinstance(entry.value, dict) else None
        subpath: tuple[str | int, ...] = (fault.field,) if value is not None else ()
        if isinstance(value, list) and fault.number is not None:
            subpath = (*subpath, fault.number)
        yield entry.problem(subpath, fault.message, "check how it is written")


# ------------------------------------------------------------------ a channel, or a contact like one


def _check_place(
    entry: Entry, secrets: SecretStore, services: Services | None, alternatives: tuple[str, ...] = ("url", "service")
) -> Iterator[Problem]:
    """Problems of a channel, or of a contact that is a map without an address: it needs a url, or a service with its
    fields. *alternatives* are the keys of which it needs one."""
    value = entry.value
    if "url" in value and "service" not in value:
        problems = list(check_secrets(entry, secrets))
        allowed_names = keys.names_for(Kind.URL)
        for name in value:
            if name not in allowed_names:
                hint = did_you_mean(name, allowed_names) or "put it into the url, or give a service and its fields"
                problems.append(entry.problem((name,), f"unexpected key {quote(name)} beside a url", hint, key=True))
    elif "service" in value and not ("url" in value and is_secret(value["url"])):
        problems = [*check_secrets(entry, secrets), *_check_service(entry, services, Kind.SERVICE)]
    elif "service" in value:
        problems = [entry.problem((), "expected `url` or `service`, got both", "remove one", key=True)]
    elif "address" in alternatives and (reference := next((key for key in SECRET_KEYS if key in value), None)):
        message, hint = f"unexpected key beside {reference!r}", f"write address: {{{reference}: ...}}"
        problems = [entry.problem((reference,), message, hint, key=True)]
    else:
        problems = [_no_place(entry, alternatives)]
    yield from problems
    if services and not problems:
        address = build_address(entry, secrets)
        faults = list(_check_recipients(entry, address, services))
        yield from faults
        if not faults and (refusal := services.refusal(address)):
            yield _refusal(entry, refusal)


def _no_place(entry: Entry, alternatives: tuple[str, ...]) -> Problem:
    """None of the keys *alternatives* is present, or one of them is misspelled."""
    for key in alternatives:
        for misspelled in nearest(key, entry.value, most=1):
            message = f"unknown key {quote(misspelled)}"
            return entry.problem((misspelled,), message, f"did you mean {key!r}?", key=True)
    *most, last = (f"`{key}`" for key in alternatives)
    return entry.problem((), f"expected {', '.join(most)} or {last}", key=True)


def _check_service(entry: Entry, services: Services | None, kind: Kind) -> Iterator[Problem]:
    """An unknown service, and fields that it does not have."""
    if services is None:
        return
    service, names = str(entry.value["service"]), services.names()
    if service not in names:
        meant = services.meant_by(service.lower())
        hint = f"did you mean {meant!r}?" if meant else did_you_mean(service.lower(), names)
        yield entry.problem(("service",), f"unknown service {quote(service)}", hint)
        return
    fields, others = services.fields(service), keys.names_for(kind)
    for name in entry.value:
        if name in others:
            continue
        if name not in fields:
            hint = did_you_mean(name, [*fields, *others])
            message = f"the service {service!r} has no field {quote(name)}"
            yield entry.problem((name,), message, hint, key=True)
        else:
            for message, hint in fields[name].faults_of(entry.value[name]):
                yield entry.problem((name,), message, hint)


# ------------------------------------------------------------------ contacts


def _check_recipient(contact: Entry, kind: str, sections: Sections) -> Iterator[Problem]:
    """Problems of a contact that the provider of its kind reaches."""
    value: Mapping[str, Any] = contact.value if isinstance(contact.value, dict) else {}
    allowed_names = keys.names_for(Kind.RECIPIENT)
    for name in value:
        if name not in allowed_names and not is_secret(value):
            owner = "the person" if name in keys.OF_READERS else f"providers.{mask(kind)}"
            hint = did_you_mean(name, allowed_names) or f"it belongs to {owner}"
            yield contact.problem((name,), f"unexpected key {quote(name)} beside an address", hint, key=True)
    if not sections.knows("providers", kind):
        hint = (
            did_you_mean(kind, sections.providers)
            or f"add providers.{mask(kind)}, or give the contact a url of its own"
        )
        yield contact.problem((), f"no provider reaches contacts of kind {quote(kind)}", hint, key=True)
