"""What the gateway uses of Apprise and changes in it; `tests/contract/test_apprise.py` checks each point.

Apprise is made for programs that send now and then, retry by themselves and log what happened. Here the ledger retries,
lanes limit the rate, and an address must not reach a log. This module holds everything that follows from this
difference, so that a new release of Apprise has to be compared with one file only.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from types import SimpleNamespace
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.conversion import convert_between
from apprise.manager_plugins import NotificationManager
from apprise.plugins import details, url_to_dict
from apprise.plugins.email import base as apprise_email
from apprise.plugins.email import smtp as apprise_smtp
from apprise.utils import parse as apprise_parse

from gateway.model import Severity
from gateway.sending.address.mail import MAILBOX

Format = NotifyFormat
"""The format of a message according to Apprise: HTML, MARKDOWN or TEXT."""

ASSET = AppriseAsset(
    app_id="Notification Gateway",
    app_desc="Notification Gateway",
    app_url="",
    image_url_mask="",
    image_url_logo="",
    async_mode=False,
    interpret_emojis=False,
    http_redirects=False,
    pgp_autogen=False,
    pem_autogen=False,
    storage_mode=PersistentStoreMode.MEMORY.value,
)

registry: Any = NotificationManager()  # type: ignore[no-untyped-call] # Apprise has no annotations here
"""Apprise's services: the plugin's class for each name."""
_details: Callable[[Any], dict[str, Any]] = details
_url_to_dict: Callable[[str], dict[str, Any] | None] = url_to_dict

TYPES = {
    Severity.INFO: NotifyType.INFO,
    Severity.SUCCESS: NotifyType.SUCCESS,
    Severity.WARNING: NotifyType.WARNING,
    Severity.ERROR: NotifyType.FAILURE,
    Severity.CRITICAL: NotifyType.FAILURE,
}
"""The notification types of Apprise, which has none above FAILURE."""


def load_plugins() -> None:
    """Makes Apprise load its services now instead of with the first message."""
    registry.load_modules()


@cache
def describe(service: str) -> Mapping[str, Any]:
    """Apprise's description of *service*: `templates`, `tokens`, `args` and `kwargs`. Raises: KeyError."""
    return _details(registry[service])


def parse_url(url: str) -> dict[str, Any] | None:
    """The arguments of the plugin for *url*; None if Apprise cannot parse it."""
    return _url_to_dict(url)


def instantiate(arguments: Mapping[str, Any]) -> Any:
    """A new plugin under the gateway's policy; None if Apprise refuses the arguments. It may raise anything.

    The plugin sends once, at once, with checked TLS and without redirects: rate and retries are the gateway's task.
    """
    plugin: Any = Apprise.instantiate(dict(arguments), asset=ASSET)
    if plugin is None:
        return None
    plugin.request_rate_per_sec = 0
    plugin.throttle = lambda *_, **__: None  # no pauses between messages
    plugin.verify_certificate = True
    plugin.redirects = False
    plugin.retry = 0
    plugin.optional = False
    plugin.interpret_emojis = False
    formats = plugin._formats()  # noqa: SLF001 - each notify() asks for them, and would parse the same words
    plugin._formats = lambda: formats  # noqa: SLF001
    return plugin


# ------------------------------------------------------------------ formats


def formats_of(plugin: Any) -> frozenset[Format]:
    """The formats among which `plugin.notify` chooses."""
    return frozenset(plugin._formats())  # noqa: SLF001 - what notify() goes by


def requested_format(plugin: Any) -> Format | None:
    """The `format` that the address asks for, if the service offers a choice."""
    override: Format | None = plugin._format_override  # noqa: SLF001
    return override


def keep_text(plugin: Any) -> None:
    """Has *plugin* send a text as it is, which is in the markup of its service already.

    Slack's plugin would rewrite Markdown into mrkdwn and keep the backslashes, which Slack shows. Telegram's would take
    the blank lines out of HTML, and Pushover's the marks of quotations.
    """
    plugin.dialect_convert = lambda body, *_, **__: body


# ------------------------------------------------------------------ e-mail addresses


class _EmailPattern:
    """Replaces one of Apprise's patterns for e-mail addresses; a text that is one whole address is tried first.

    Apprise's own pattern takes the apostrophe of `o'neil@example.com` for the end of a display name, and finds
    `neil@example.com` after it. Its other pattern ends a domain at a top-level domain with a digit or a hyphen, as in
    punycode.
    """

    def __init__(self, original: re.Pattern[str]) -> None:
        self.original = original

    def match(self, text: str) -> re.Match[str] | None:
        return MAILBOX.fullmatch(text) or self.original.match(text)

    def findall(self, text: str) -> list[str]:
        return [text] if MAILBOX.fullmatch(text) else self.original.findall(text)


for _name in ("GET_EMAIL_RE", "EMAIL_DETECTION_RE"):
    setattr(apprise_parse, _name, _EmailPattern(getattr(apprise_parse, _name)))


# ------------------------------------------------------------------ mail

_convert: Callable[[Any, Any, str], Any] = convert_between


def replace_mail(
    open_plain: Callable[..., Any],
    open_tls: Callable[..., Any],
    mail_error: type[Exception],
    plain_part: Callable[[], str],
) -> None:
    """Makes Apprise's mails go through the two *open* functions, in place of `smtplib.SMTP` and `SMTP_SSL`.

    *plain_part* returns the second part of the current mail. Apprise would derive it from the HTML, and lose the
    addresses of links.
    """

    def to_text(source: Any, wanted: Any, content: str) -> str:
        return plain_part() or str(_convert(source, wanted, content))

    names = {
        "smtplib": SimpleNamespace(SMTP=open_plain, SMTP_SSL=open_tls, SMTPException=mail_error),
        "ssl": SimpleNamespace(create_default_context=lambda: None),  # 25 ms a message; the network has one already
    }
    for name, module in names.items():
        setattr(apprise_smtp, name, module)
    setattr(apprise_email, "convert_between", to_text)  # noqa: B010 - no name that Apprise exports


# ------------------------------------------------------------------ the reasons that Apprise logs

_warnings: ContextVar[list[str] | None] = ContextVar("warnings", default=None)
UNINFORMATIVE = ("Could not load", "Loaded", "Unsupported URL", "Unparseable", "Dictionary")
"""The beginnings of warnings that say only that something failed."""


class _WarningCollector(logging.Handler):
    """Puts Apprise's warnings into the list of `collect_warnings` in the same thread or greenlet."""

    def emit(self, record: logging.LogRecord) -> None:
        warnings = _warnings.get()
        if warnings is not None:
            warnings.append(record.getMessage())


def collect_warnings() -> list[str]:
    """A list into which Apprise's warnings in this thread or greenlet go until the next call; they may contain
    addresses and secrets."""
    warnings: list[str] = []
    _warnings.set(warnings)
    return warnings


def first_reason(warnings: list[str]) -> str:
    """The first of Apprise's *warnings* that gives a reason; empty if there is none."""
    return next((text.rstrip(".") for text in warnings if not text.startswith(UNINFORMATIVE)), "")


# Apprise logs addresses, so `collect_warnings` takes its warnings, and nothing of it reaches the gateway's log.
_logger = logging.getLogger("apprise")
_logger.setLevel(logging.WARNING)
_logger.propagate = False
_logger.addHandler(_WarningCollector())
