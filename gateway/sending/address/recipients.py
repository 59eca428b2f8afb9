"""The recipients of an address: those it asks for, and whether Apprise's plugin will send to exactly these.

Apprise drops what it cannot parse, splits at spaces and commas, and falls back to the sender's own number if nothing is
left. So the recipients in a plugin are compared with those that were asked for, in the same way for every service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from gateway.model import Address, Secret
from gateway.sending import apprise_api
from gateway.sending.address.mail import address_of, ascii_mailbox
from gateway.sending.traits import traits_of

COPIES = ("cc", "bcc")
"""Further recipients of a mail, besides its targets."""
NOT_RECIPIENTS = frozenset({"names", "headers", "tags", "tokens", "template_args"})
"""Containers of a plugin that hold texts which are not recipients."""
CONTAINERS = (list, tuple, set, frozenset)
NUMBER = re.compile(r"\+?\(?[0-9][0-9 ().-]*")
KIND = re.compile(r"^[a-z]{1,12}:(?=\S)")
"""How some services write the kind of a recipient: `w:+15550100199`, `u:abc`."""
PREFIXES = ("#", "@", "+", "!", "&", "^", "*", "~")
SEPARATORS = re.compile(r"[.:,/]")
NATIONAL_DIGITS = 7
"""Two numbers with at least this many digits are the same if they differ only by a country code."""


@dataclass(frozen=True, slots=True)
class AskedRecipient:
    """A recipient that the configuration asks for."""

    field: str
    """The field that contains it. Empty if it is a contact's own address or part of a whole URL."""
    number: int | None
    """Its index in the field's list; None if the field is not a list."""
    text: str


@cache
def recipient_fields(service: str) -> frozenset[str]:
    """The fields of *service* that name recipients."""
    description = apprise_api.describe(service)
    tokens, options = description["tokens"], description["args"]
    names = {name for name, token in tokens.items() if name == "targets" or token.get("map_to") == "targets"}
    aliases = {name for name, option in options.items() if option.get("alias_of") in names}
    mapped = {name for name, option in options.items() if option.get("map_to") == "targets"}
    return frozenset(names | aliases | mapped | (options.keys() & set(COPIES)))


# ------------------------------------------------------------------ what is asked


def asked_in_fields(address: Address) -> tuple[AskedRecipient, ...]:
    """The recipients in the fields of *address*, with the prefix that gives their kind."""
    tokens = apprise_api.describe(address.service)["tokens"]
    if address.recipient:
        return (AskedRecipient("", None, ascii_mailbox(address.recipient.reveal().strip())),)
    asked = []
    fields = recipient_fields(address.service)
    for field, value in address.fields.items():
        if field not in fields:
            continue
        prefix = str(tokens.get(field, {}).get("prefix") or "")
        for number, item in enumerate(value if isinstance(value, tuple) else (value,)):
            written = item.reveal() if isinstance(item, Secret) else str(item)
            text = ascii_mailbox(written if written.startswith(prefix) else prefix + written)
            asked.append(AskedRecipient(field, number if isinstance(value, tuple) else None, text))
    return tuple(asked)


def asked_in_arguments(arguments: Mapping[str, Any]) -> tuple[AskedRecipient, ...]:
    """The recipients in a whole URL, which Apprise has parsed into *arguments*."""
    options = arguments.get("qsd") or {}
    fields = recipient_fields(str(arguments["schema"]))
    in_query = [piece for name in options.keys() & fields for piece in str(options[name]).split(",")]
    texts = [*_flattened(arguments.get("targets")), *(piece.strip() for piece in in_query)]
    return tuple(AskedRecipient("", None, text) for text in dict.fromkeys(filter(None, texts)))


def recipient_texts(address: Address) -> tuple[str, ...]:
    """The recipients in the fields of *address*, which must not be shown; those in a whole URL are secret anyway."""
    return tuple(recipient.text for recipient in asked_in_fields(address)) if address.service else ()


def _flattened(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for item in value for text in _flattened(item)] if isinstance(value, Iterable) else []


# ------------------------------------------------------------------ what the plugin sends to


def faults(asked: Iterable[AskedRecipient], plugin: Any) -> list[tuple[AskedRecipient, str]]:
    """Those of *asked* to which the plugin will not send as asked, each with the reason as a clause."""
    wanted = tuple(asked)
    containers: list[list[Any]] = []
    for name, value in vars(plugin).items():
        if "invalid" in name or name in NOT_RECIPIENTS:
            continue
        if isinstance(value, Mapping):
            # The recipients listed under a kind, or each with its details.
            lists = (inner if isinstance(inner, CONTAINERS) else [(name, inner)] for name, inner in value.items())
            containers.append([item for inner in lists for item in inner])
        elif isinstance(value, CONTAINERS):
            containers.append(list(value))
    held = [element for elements in containers for element in elements]
    unmatched = [
        (recipient, _describe(recipient.text, held))
        for recipient in wanted
        if not any(_is_same(recipient.text, element) for element in held)
    ]
    if unmatched or not wanted:
        return unmatched
    for elements in containers:
        matches = [any(_is_same(recipient.text, element) for recipient in wanted) for element in elements]
        if any(matches) and not all(matches):
            return [(wanted[0], "Apprise would send to others as well")]
    return []


def _leaves(value: Any) -> list[str]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return [str(value)]
    if isinstance(value, Mapping):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, list | tuple | set) else []


def _is_same(asked: str, element: Any) -> bool:
    """Whether *element* of a plugin is the recipient *asked*, perhaps split into parts (`chat:topic`)."""
    leaves = _leaves(element)
    if any(_is_written_for(asked, leaf) for leaf in leaves):
        return True
    parts = [part for part in SEPARATORS.split(asked) if part]
    return len(parts) > 1 and all(any(_is_written_for(part, leaf) for leaf in leaves) for part in parts)


def _is_written_for(asked: str, held: str) -> bool:
    """Whether the two texts name the same recipient, and differ at most in notation."""
    bare, other = _bare(asked), _bare(held)
    if bare != other and not (bare.isdigit() and len(other) > NATIONAL_DIGITS and bare == "1" + other):
        return False  # services of North America leave out the country code
    kinds = {text[0] for text in (asked, held) if text[:1] in PREFIXES}
    return len(kinds) < 2


def _bare(text: str) -> str:
    """*text* without notation: case, display name, kind, prefix, and the punctuation of a number."""
    text = KIND.sub("", address_of(text.strip()).casefold())
    if NUMBER.fullmatch(text):
        return re.sub(r"\D", "", text)
    return text.lstrip("".join(PREFIXES))


def _describe(asked: str, held: list[Any]) -> str:
    """Why *asked* is not among the plugin's recipients, without repeating it."""
    bare = _bare(asked)
    leaves = (_bare(leaf) for element in held for leaf in _leaves(element))
    pieces = {leaf for leaf in leaves if len(leaf) > 1 and leaf in bare}
    if len(pieces) > 1:
        return "Apprise would take this for several recipients"
    if pieces:
        return "Apprise would send to another recipient than this one"
    return "this is not a recipient of the service, and Apprise would leave it out"


# ------------------------------------------------------------------ one recipient at a time


def recipients_of(address: Address) -> tuple[str, ...]:
    """The recipients of *address*, without duplicates; empty if there are none, or if they share one message."""
    arguments = apprise_api.parse_url(address.url.reveal()) if address.url else None
    service = str(arguments["schema"]) if arguments else address.service
    if traits_of(service).is_single_message or not service:
        return ()
    different: list[str] = []
    for recipient in asked_in_arguments(arguments) if arguments else asked_in_fields(address):
        if not any(_is_written_for(recipient.text, text) for text in different):
            different.append(recipient.text)
    return tuple(different)


def narrowed(address: Address, recipient: str) -> Address:
    """*address* for *recipient* alone, which is one of its recipients."""
    if address.url:
        return replace(address, recipient=Secret(recipient))
    fields = {name: value for name, value in address.fields.items() if name not in recipient_fields(address.service)}
    return Address(address.service, fields, recipient=Secret(recipient))
