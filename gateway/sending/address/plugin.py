"""Makes the Apprise plugin that sends to an address, or says why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import InvalidAddress
from gateway.model import Address
from gateway.sending import apprise_api
from gateway.sending.address.fields import arguments_from_fields
from gateway.sending.address.options import refuse_options, refuse_service
from gateway.sending.address.recipients import COPIES, AskedRecipient, asked_in_arguments, asked_in_fields, faults
from gateway.sending.redaction import redact, secrets_of
from gateway.sending.traits import traits_of
from gateway.sending.webhook import webhook_fields, webhook_options

Reading = tuple[Mapping[str, Any], tuple[AskedRecipient, ...]]
"""The arguments of a plugin, and the recipients to which it must send."""


@dataclass(frozen=True, slots=True)
class CheckedPlugin:
    """A plugin, and what is wrong with the recipients to which it would send."""

    plugin: Any
    faults: Sequence[tuple[AskedRecipient, str]]
    """The recipients to which it would not send as asked, each with the reason as a clause."""


def plugin_for(address: Address) -> Any:
    """A new plugin that sends to *address* and to nobody else. Raises: InvalidAddress with the reason."""
    checked = checked_plugin(address)
    if checked.faults:
        recipient, message = checked.faults[0]
        place = f"{recipient.field!r}: " if recipient.field else ""
        raise InvalidAddress(place + message)
    return checked.plugin


def checked_plugin(address: Address) -> CheckedPlugin:
    """A new plugin for *address*, compared with it. Raises: InvalidAddress if Apprise refuses the whole address."""
    secrets = secrets_of(address)
    warnings = apprise_api.collect_warnings()
    try:
        checked = _first_right(_readings(address))
        if checked and traits_of(service_of(checked.plugin, address)).is_webhook:
            webhook_options(address)
    except InvalidAddress as exc:
        raise InvalidAddress(redact(str(exc), secrets)) from None
    except Exception as exc:  # a plugin's constructor may raise anything
        raise InvalidAddress(f"it does not understand this ({type(exc).__name__})") from None
    if checked is None:
        unknown = "it is no address of the service" if address.service else "it is no URL of a service it knows"
        raise InvalidAddress(redact(apprise_api.first_reason(warnings) or unknown, secrets))
    return checked


def _first_right(readings: Iterable[Reading]) -> CheckedPlugin | None:
    """The first plugin without a fault, otherwise the first one; None if Apprise refuses all *readings*."""
    first: CheckedPlugin | None = None
    for arguments, asked in readings:
        plugin = apprise_api.instantiate(arguments)
        if plugin is None:
            continue
        checked = CheckedPlugin(plugin, faults(asked, plugin))
        if not checked.faults:
            return checked
        first = first or checked
    return first


def service_of(plugin: Any, address: Address) -> str:
    """The registered name of *plugin*, which was made for *address*; some plugins overwrite their scheme."""
    if plugin.schema in apprise_api.registry:
        return str(plugin.schema)
    schemes = plugin.secure_protocol or plugin.protocol
    return address.service or str(schemes if isinstance(schemes, str) else schemes[0])


def _readings(address: Address) -> Iterator[Reading]:
    """The ways in which Apprise may read *address*, each with the recipients that are asked for.

    Empty if Apprise cannot parse its URL. Raises: InvalidAddress.
    """
    if address.url is None:
        for arguments in arguments_from_fields(address, str(apprise_api.ASSET.app_id)):
            yield arguments, asked_in_fields(address)
        return
    url = address.url.reveal()
    if not url.isprintable() or any(character.isspace() for character in url):
        raise InvalidAddress("a URL has no blanks and no line breaks")
    refuse_service(url.partition("://")[0].lower())
    from_url = apprise_api.parse_url(url)
    if not from_url:
        return
    # The URL of a provider's web page may belong to a different service than its scheme says.
    service, options = str(from_url["schema"]), from_url.get("qsd") or {}
    refuse_service(service)
    refuse_options(service, options)
    gateway_options = webhook_fields(service, options)
    arguments = {name: value for name, value in from_url.items() if name not in gateway_options}
    if address.recipient is None:
        yield arguments, asked_in_arguments(arguments)
        return
    recipient = address.recipient.reveal()
    others = {name: value for name, value in arguments.items() if name not in COPIES}
    yield {**others, "targets": [recipient]}, (AskedRecipient("", None, recipient),)
