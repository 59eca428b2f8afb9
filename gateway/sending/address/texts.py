"""The texts of an address's fields as they are put into the service's URL, completed where Apprise would guess."""

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
"""Options that Apprise reads from the query for any service."""
NUMBER = re.compile(r"\+?[0-9 ().-]+\Z")

Texts = dict[str, list[str]]
"""The texts of each field, by the names in the URL templates."""


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
        # Without a host, a template may name this kind of target itself: `ntfy://{topic}`.
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
        # Apprise would guess these wrongly: the sender, and that port 465 speaks TLS from the first byte.
        user, port = values.get("user", [""])[0], values.get("port", [""])[0]
        if "@" in user and not {"from", "name"} & values.keys():
            values["from"] = [ascii_mailbox(f"{sender_name} <{user}>")]
        if port == "465" and "mode" not in values:
            values["mode"] = ["ssl"]
    return values


def _settle_recipients(address: Address, values: Texts) -> None:
    """Makes the address of a contact the only recipient.

    Each recipient of a channel gets a separate mail, so that a refused recipient does not affect the others. Therefore
    cc and bcc are refused where they would reach somebody who is not asked for: copies set at a provider would share
    the delivery of a contact, and copies alone would also go to the sender.

    Raises: InvalidAddress.
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
    """*text* without spaces and punctuation if it is a telephone number for a text message service."""
    if traits_of(service).is_text_message and NUMBER.match(text):
        return "".join(character for character in text if character.isdigit() or character == "+")
    return text
