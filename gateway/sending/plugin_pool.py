"""A pool of Apprise's plugins, each with what the sender needs to know of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from gateway.messages.cards import CardStyle
from gateway.messages.layout import ServiceLimits
from gateway.messages.markup import Markup
from gateway.model import Address, Target
from gateway.sending import apprise_api
from gateway.sending.address.plugin import plugin_for, service_of
from gateway.sending.apprise_api import Format
from gateway.sending.card_style import mark_of, style_of
from gateway.sending.limits import limits_of
from gateway.sending.traits import ServiceTraits, traits_of
from gateway.sending.transport.cooperative import is_cooperative
from gateway.sending.transport.event_loop import run_in_thread
from gateway.sending.webhook import WebhookOptions, webhook_options

MAX_TARGETS = 4096
"""How many targets have their plugins kept."""
FORMATS_BY_PREFERENCE = (Format.HTML, Format.MARKDOWN, Format.TEXT)
"""HTML says most precisely what is markup and what is text."""
MARKUPS = {
    Format.HTML: Markup.HTML,
    Format.MARKDOWN: Markup.MARKDOWN,
    Format.TEXT: Markup.TEXT,
}
OWN_MARKUPS = {Markup.SLACK: Format.MARKDOWN, Markup.TELEGRAM: Format.HTML, Markup.PUSHOVER: Format.HTML}
"""The markup of a single service, and the format in which its plugin takes it; other markups go with text."""


@dataclass(frozen=True, slots=True)
class PluginHandle:
    """A plugin and how to use it. It serves one message at a time, since many plugins keep state while they send."""

    notify: Callable[..., bool]
    """The plugin's method; it may be called in a greenlet."""
    service: str
    traits: ServiceTraits
    limits: ServiceLimits
    format: Format
    card: CardStyle | None
    webhook: WebhookOptions | None
    """None unless it is a generic webhook."""


class PluginPool:
    """Plugins by target, as many of each as were needed at once. Safe in threads and greenlets."""

    def __init__(self) -> None:
        self._idle: OrderedDict[str, tuple[Address, list[PluginHandle]]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, target: Target) -> PluginHandle:
        """A plugin that nobody else uses meanwhile. Raises: InvalidAddress."""
        with self._lock:
            address, idle = self._idle.get(target.name, (None, []))
            if idle and (address is target.address or address == target.address):
                self._idle.move_to_end(target.name)
                return idle.pop()
        return new_handle(target.address)

    def give_back(self, target: Target, handle: PluginHandle) -> None:
        dropped: list[PluginHandle] = []
        with self._lock:
            address, idle = self._idle.get(target.name, (target.address, []))
            if address is not target.address and address != target.address:
                dropped, idle = idle, []  # the address has changed, so the plugins for the old one are dropped
            idle.append(handle)
            self._idle[target.name] = (target.address, idle)
            while len(self._idle) > MAX_TARGETS:
                dropped += self._idle.popitem(last=False)[1][1]
        if dropped:
            run_in_thread(dropped.clear)  # some plugins log out when they are destroyed, and wait for the answer


def new_handle(address: Address) -> PluginHandle:
    """A new plugin for *address*. Raises: InvalidAddress."""
    plugin = plugin_for(address)
    service = service_of(plugin, address)
    traits = traits_of(service)
    formats, requested = apprise_api.formats_of(plugin), apprise_api.requested_format(plugin)
    if requested in formats:  # requested by the address
        format = Format(requested)
    elif traits.is_program and Format.TEXT in formats:
        format = Format.TEXT
    else:
        format = next((format for format in FORMATS_BY_PREFERENCE if format in formats), Format.TEXT)
    markup = traits.markup
    if markup is None or format is not OWN_MARKUPS.get(markup, Format.TEXT):
        markup = MARKUPS[format]
    limits = limits_of(plugin, service, traits, markup)
    card = style_of(plugin, traits, address)
    limits = replace(limits, mark=mark_of(traits, card, is_short=limits.is_sms or limits.is_spoken))
    if limits.markup in OWN_MARKUPS:
        apprise_api.keep_text(plugin)
    notify = plugin.notify if is_cooperative(plugin.__class__) else partial(run_in_thread, plugin.notify)
    webhook = webhook_options(address) if traits.is_webhook else None
    return PluginHandle(notify, service, traits, limits, format, card, webhook)
