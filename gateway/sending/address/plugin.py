"""The Apprise plugin that sends to an address, or the reason why there is none."""

from __future__ import annotations

from typing import Any

from gateway.errors import InvalidAddress
from gateway.model import Address, Secret
from gateway.sending import apprise_api
from gateway.sending.address.fields import arguments_from_fields
from gateway.sending.address.options import refuse_options, refuse_service
from gateway.sending.redaction import redact, secrets_of


def plugin_for(address: Address) -> Any:
    """A new plugin that sends to *address*. Raises: InvalidAddress, with Apprise's reason."""
    secrets = secrets_of(address)
    with apprise_api.reasons() as warnings:
        try:
            plugin = _instantiate(address)
        except InvalidAddress as exc:
            raise InvalidAddress(redact(str(exc), secrets)) from None
        except Exception as exc:  # a plugin's constructor is foreign code
            raise InvalidAddress(f"it does not understand this ({type(exc).__name__})") from None
        problem = _why_unusable(plugin, address)
    if problem:
        raise InvalidAddress(redact(apprise_api.first_reason(warnings) or problem, secrets))
    return plugin


def service_of(plugin: Any, address: Address) -> str:
    """The name in the registry of *plugin*, which was made for *address*: some plugins overwrite their scheme."""
    if plugin.schema in apprise_api.registry:
        return str(plugin.schema)
    schemes = plugin.secure_protocol or plugin.protocol
    return address.service or str(schemes if isinstance(schemes, str) else schemes[0])


def _instantiate(address: Address) -> Any:
    if address.url:
        arguments = _arguments_from_url(address.url)
    else:
        arguments = arguments_from_fields(address, str(apprise_api.ASSET.app_id))
    return None if arguments is None else apprise_api.instantiate(arguments)


def _arguments_from_url(url: Secret) -> dict[str, Any] | None:
    """The arguments that a whole *url* stands for; None when Apprise cannot read it. Raises: InvalidAddress."""
    text = url.reveal()
    if not text.isprintable() or any(character.isspace() for character in text):
        raise InvalidAddress("a URL has no blanks and no line breaks")
    refuse_service(text.partition("://")[0].lower())
    arguments = apprise_api.parse_url(text)
    if arguments:  # the URL of a provider's web page may stand for another service than its scheme says
        refuse_service(str(arguments.get("schema", "")))
        refuse_options(str(arguments["schema"]), arguments.get("qsd") or {})
    return arguments


def _why_unusable(plugin: Any, address: Address) -> str | None:
    if plugin is None:
        return "it is no address of the service" if address.service else "it is no URL of a service it knows"
    if address.recipient:
        targets = getattr(plugin, "targets", None)
        if isinstance(targets, list | tuple | set) and len(targets) != 1:
            return "the contact is no address of this service"
    return None
