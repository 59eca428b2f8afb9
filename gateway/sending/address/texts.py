"""The texts of an address's fields as they go into the URL of the service, completed where Apprise would guess."""

from __future__ import annotations

import re

from gateway.errors import InvalidAddress
from gateway.model import Address, FieldValue, Secret
from gateway.sending import apprise_api
from gateway.sending.address.mail import ascii_mailbox
from gateway.sending.address.options import refuse_options
from gateway.sending.address.recipients import COPIES
from gateway.sending.traits import traits_of
from gateway.sending.webhook import webhook_fields

HOSTS = frozenset({"host", "hostname"})
IN_EVERY_QUERY = frozenset({"user", "password", "port"})
"""What Apprise reads from the query of any service."""
NUMBER = re.compile(r"\+?[0-9 ().-]+\Z")

Texts = dict[str, list[str]]
"""The texts of each field, under the names that the URL templates use."""


def texts_by_field(address: Address, sender_name: str) -> Texts:
    """The texts of the fields of *address*. Raises: InvalidAddress."""
    description = apprise_api.describe(address.service)
    tokens, options, templates = description["tokens"], description["args"], " ".join(description["templates"])
    refuse_options(address.service, address.fields)
    values: Texts = {}
    own_options = webhook_fields(address.service, address.fields)
    for field, value in address.fields.items():
        if field in own_options:
            continue
        if value == ():
            raise InvalidAddress(f"the field {field!r} is an empty list")
        alias = options.get(field, {}).get("alias_of", field)
        name = alias if isinstance(alias, str) and field not in tokens else field
        token = tokens.get(name, {})
        # Where no host is given, a template may name this kind of target by itself: `ntfy://{topic}`.
        is_in_template = name != "targets" and not HOSTS & address.fields.keys() and f"{{{name}}}" in templates
        is_target = token.get("map_to") == "targets" and not is_in_template
        prefix = str(token.get("prefix") or "")
        texts = [text if text.startswith(prefix) else prefix + text for text in _texts(value)]
        if not (token.get("private") or name in IN_EVERY_QUERY):
            texts = [ascii_mailbox(text) for text in texts]
        if is_target:
            texts = [_plain_number(address.service, text) for text in texts]
        values.setdefault("targets" if is_target else name, []).extend(texts)
    _settle_recipients(address, values)
    if traits_of(address.service).is_smtp:
        # What Apprise would guess wrong: who it is from, and that port 465 speaks TLS from the first byte.
        user, port = values.get("user", [""])[0], values.get("port", [""])[0]
        if "@" in user and not {"from", "name"} & values.keys():
            values["from"] = [ascii_mailbox(f"{sender_name} <{user}>")]
        if port == "465" and "mode" not in values:
            values["mode"] = ["ssl"]
    return values


def _settle_recipients(address: Address, values: Texts) -> None:
    """Puts in the address of a contact as the one recipient.

    Each recipient of a channel gets a mail of their own, so that one who is refused costs the others nothing. Therefore
    cc and bcc are refused where they would reach somebody who is not asked for: the copies of a provider would share
    the delivery of a contact, and copies alone would go to the sender as well. Raises: InvalidAddress.
    """
    copies = sorted(values.keys() & set(COPIES))
    if copies and address.recipient:
        raise InvalidAddress(f"{copies[0]!r} cannot be given for all contacts; give a channel for the copy")
    if copies and not values.keys() & {"targets", "to"}:
        raise InvalidAddress(f"{copies[0]!r} needs 'targets' beside it")
    if address.recipient:
        text = _plain_number(address.service, address.recipient.reveal().strip())
        has_separator = any(character.isspace() or character in ",;" for character in text)
        if not text.isprintable() or has_separator or text.count("@") > 1:
            raise InvalidAddress("a contact is one address, without a comma, a blank or a line break")
        values["targets"] = [ascii_mailbox(text)]


def _texts(value: FieldValue) -> list[str]:
    if isinstance(value, tuple):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    text = value.reveal() if isinstance(value, Secret) else str(value)
    if not text.isprintable():
        raise InvalidAddress("a field has a line break or another control character")
    return [text]


def _plain_number(service: str, text: str) -> str:
    """*text* without blanks and punctuation when it is a telephone number for a service of text messages."""
    if traits_of(service).is_text_message and NUMBER.match(text):
        return "".join(character for character in text if character.isdigit() or character == "+")
    return text
