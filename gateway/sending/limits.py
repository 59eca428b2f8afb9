"""How long a message to each service may be: the provider's limit, in the unit that the provider counts.

Apprise cuts nothing that it is given, and its own numbers are not the providers' limits: they count code points before
escaping, and some are guesses. A service without a row keeps to Apprise's number in UTF-16 units, of which there are
never fewer than code points. Where Apprise writes title and body into one field, the gateway joins them itself
(`max_title` is 0), so that the title is counted and is shown as a heading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.messages.layout import ServiceLimits
from gateway.messages.markup import Markup
from gateway.messages.measure import Unit
from gateway.sending import apprise_api
from gateway.sending.traits import ServiceTraits

MAX_BODY = 32 * 1024
"""The longest body at any service, in the service's unit."""
MAX_SMS_LIMIT = 160
"""A text message service with a limit up to this splits longer texts into parts."""


@dataclass(frozen=True, slots=True)
class ProviderLimit:
    """The limit of one service; `ServiceLimits` explains the fields."""

    max_body: int
    unit: Unit = Unit.UTF16
    max_title: int | None = None
    """None: Apprise's limit."""
    title_unit: Unit = Unit.UTF16
    counts_title: bool = False
    overhead: int = 0


JOINED = ProviderLimit(2000, max_title=0)
"""A chat to which Apprise sends title and body as one text, of at most 2,000 characters."""
CARD = ProviderLimit(18_000, Unit.JSON_UTF8, counts_title=True)
"""A card at a service with a limit of 20 KB for requests; the remainder is for the card itself."""
CARD_TEXT = replace(CARD, max_title=0)
"""A text at such a service, to which Apprise sends title and body as one text."""

# Sources: the providers' documentation, and their measured behaviour where it is silent. The comments name what
# deviates from the first number that one finds there.
LIMITS: Mapping[str, ProviderLimit] = {
    "cliq": ProviderLimit(5000, max_title=200),
    "dingtalk": replace(CARD, unit=Unit.JSON),
    "dingtalk/text": replace(CARD_TEXT, unit=Unit.JSON),
    "discord": JOINED,
    "discord/markdown": ProviderLimit(4096, max_title=250),  # an embed: a description, and a title of its own
    "feishu": CARD,
    "feishu/text": CARD_TEXT,
    "fluxer": JOINED,
    "fluxer/markdown": ProviderLimit(2000, max_title=250),
    "gchat": ProviderLimit(31_000, Unit.UTF8),  # 32,000 bytes with the thread and the names of all fields
    "guilded": JOINED,
    "guilded/markdown": ProviderLimit(2000, max_title=250),
    "lark": CARD,
    "lark/text": CARD_TEXT,
    # An event of 65,536 bytes contains the body twice, as HTML and as text, and may be encrypted.
    "matrix": ProviderLimit(20_000, Unit.UTF8, counts_title=True),
    "mmost": ProviderLimit(16_383, Unit.CHARACTERS),
    "nctalk": ProviderLimit(32_000, max_title=200, counts_title=True, overhead=2),
    # 4,096 bytes; beyond 8,000 bytes of JSON, Apprise sends a file instead of the message.
    "ntfy": ProviderLimit(4096, Unit.NTFY, max_title=400, title_unit=Unit.NTFY),
    "opsgenie": ProviderLimit(15_000, max_title=130),
    "jira": ProviderLimit(15_000, max_title=130),
    "pover": ProviderLimit(1024, Unit.CHARACTERS, max_title=250),
    "qq": ProviderLimit(4000, max_title=0),
    "revolt": JOINED,
    "rocket": ProviderLimit(5000),  # the server's default, which its administrator can change
    "ryver": ProviderLimit(8000, max_title=0),
    "slack": ProviderLimit(32_000),
    "slack/blocks": ProviderLimit(3000, max_title=150, title_unit=Unit.ESCAPED),
    "strmlabs": ProviderLimit(255, max_title=0),
    "tgram": ProviderLimit(4096, Unit.HTML_TEXT),
    "tgram/markdown": ProviderLimit(4096),
    "webex": ProviderLimit(7439, Unit.UTF8),
    # A message of 28 KB of JSON, most of which is available for the text; beyond that, the workflow fails silently.
    "workflows": ProviderLimit(28_000, Unit.JSON, counts_title=True, overhead=1500),
    "zoom": ProviderLimit(4000, counts_title=True, overhead=2),
    "zulip": ProviderLimit(10_000, Unit.CHARACTERS, max_title=60, title_unit=Unit.CHARACTERS),
}
"""By service, or by service and the `format` in its address, with which some services send a card."""
SAME_LIMITS: Mapping[str, str] = {
    "fluxers": "fluxer",
    "matrixs": "matrix",
    "mmosts": "mmost",
    "nctalks": "nctalk",
    "ntfys": "ntfy",
    "rockets": "rocket",
    "workflow": "workflows",
    "wxteams": "webex",
    "zcliq": "cliq",
    "zohocliq": "cliq",
}
"""Other names for services in LIMITS."""


def limits_of(plugin: Any, service: str, traits: ServiceTraits, markup: Markup) -> ServiceLimits:
    """The limits of a message in *markup* to the address of *plugin*."""
    requested, name = apprise_api.requested_format(plugin), SAME_LIMITS.get(service, service)
    variant = "blocks" if getattr(plugin, "use_blocks", False) else "" if requested is None else requested.value
    limit = LIMITS.get(f"{name}/{variant}") or LIMITS.get(name)
    if limit is None:
        joins_title = plugin.overflow_amalgamate_title
        limit = ProviderLimit(plugin.body_maxlen or MAX_BODY, max_title=0 if joins_title else None)
    max_title = max(0, plugin.title_maxlen) if limit.max_title is None else limit.max_title
    # Discord and others put the people whom the address names (`ping`) before the text.
    pings = getattr(plugin, "ping", None)
    length_of_pings = 0
    if isinstance(pings, list) and pings:
        length_of_pings = len("👉 ") + sum(len(ping) + len("<@&> ") for ping in pings)
    return ServiceLimits(
        markup=markup,
        max_body=min(limit.max_body, MAX_BODY),
        max_title=max_title,
        unit=limit.unit,
        title_unit=limit.title_unit,
        counts_title=limit.counts_title,
        overhead=limit.overhead + length_of_pings,
        has_mentions=traits.has_mentions,
        is_sms=traits.is_text_message and 0 < plugin.body_maxlen <= MAX_SMS_LIMIT,
        is_spoken=str(getattr(plugin, "method", "")).lower() == "call",
    )
