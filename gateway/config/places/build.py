"""Builds addresses, lanes and targets of channels, providers and contacts, from YAML that has been checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gateway.config.places import keys
from gateway.config.places.build_lanes import usual_retries
from gateway.config.places.masking import mask_recipient
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore, is_secret
from gateway.config.sections import Entry
from gateway.encoding import digest
from gateway.model import Address, FieldValue, Lane, Secret, Target

PART_DIGITS = 6
"""How many hex digits tell the recipients of one place apart; if two would have the same, all 24 are used."""


def build_channel(entry: Entry, secrets: SecretStore, services: Services | None) -> tuple[Target, Lane]:
    """Raises: SecretMissing."""
    lane = f"channel/{entry.name}"
    address = build_address(entry, secrets)
    target = _with_parts(Target(entry.name, lane, address, **keys.target_settings(entry.value)), services)
    return target, build_lane(lane, entry, address, services)


def build_contact(
    person: Entry, kind: str, provider: Address | None, secrets: SecretStore, services: Services | None
) -> tuple[Target, Lane | None]:
    """The target, and its lane unless it shares that of its provider. Raises: SecretMissing."""
    entry = person.below("contacts", kind)
    address = build_contact_address(entry, provider, secrets)
    has_own_place = recipient_of(entry.value) is None
    target = Target(
        name=f"{person.name}/{kind}",
        lane=f"contact/{person.name}/{kind}" if has_own_place else f"provider/{kind}",
        address=address,
        person=person.name,
        **keys.target_settings(entry.value),
    )
    if not has_own_place:
        return target, None
    return _with_parts(target, services), build_lane(target.lane, entry, address, services)


def _with_parts(target: Target, services: Services | None) -> Target:
    """*target* with a part for each of its recipients.

    The name of a part ends with digits derived from the place and the recipient. It shows no address, and stays the
    same if recipients change their order or others are added.
    """
    recipients = services.recipients(target.address) if services else ()
    digests = {recipient: digest(target.name, recipient) for recipient in recipients}
    short = Counter(text[:PART_DIGITS] for text in digests.values())
    parts = []
    for recipient, text in digests.items():
        ending = text if short[text[:PART_DIGITS]] > 1 else text[:PART_DIGITS]
        address = services.narrow(target.address, recipient) if services else target.address
        name, masked = f"{target.name}/{ending}", mask_recipient(recipient)
        parts.append(replace(target, name=name, address=address, masked_recipient=masked))
    return replace(target, parts=tuple(parts))


def build_lane(name: str, entry: Entry, address: Address, services: Services | None) -> Lane:
    """The lane of *address*, with the settings in its YAML."""
    return Lane(name, **{"retries": usual_retries(address, services), **keys.lane_settings(entry.value)})


def build_address(entry: Entry, secrets: SecretStore) -> Address:
    """The address of a channel, of a provider, or of a contact that is a place of its own. Raises: SecretMissing."""
    if "url" in entry.value:
        return Address(url=secrets.resolve(entry.value["url"]))
    fields: dict[str, FieldValue] = {}
    for name in entry.value:
        if name in keys.NAMES:
            continue
        field = entry.below(name)
        if isinstance(field.value, list):
            fields[name] = tuple(_scalar(field.below(number), secrets) for number in range(len(field.value)))
        else:
            fields[name] = _scalar(field, secrets)
    return Address(service=str(entry.value["service"]), fields=fields)


def _scalar(entry: Entry, secrets: SecretStore) -> str | Secret:
    """Every scalar is the text that was written: the topic `1.10` is not 1.1."""
    return secrets.resolve(entry.value) if is_secret(entry.value) else entry.text()


def recipient_of(contact: Any) -> Any:
    """The address of *contact* at its provider, as text or a reference to a secret; None if it has a place
    of its own."""
    if isinstance(contact, str) or is_secret(contact):
        return contact
    return contact.get("address")


def build_contact_address(entry: Entry, provider: Address | None, secrets: SecretStore) -> Address:
    """Raises: SecretMissing."""
    recipient = recipient_of(entry.value)
    if recipient is None or provider is None:
        return build_address(entry, secrets)
    secret = secrets.resolve(recipient) if is_secret(recipient) else Secret(recipient)
    return Address(provider.service, provider.fields, recipient=secret)


def contacts(person: Entry) -> Iterator[tuple[str, Entry]]:
    """Kind and contact of everything by which *person* can be reached."""
    for kind in (person.value or {}).get("contacts", {}):
        yield kind, person.below("contacts", kind)
