"""What each kind of service is: the one table that everything else asks.

Apprise describes the form of an address, but not who reads what arrives, which markup it shows, or how it says no.
A service that has no row is a chat with a markup that Apprise knows; `traits_of` never fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from gateway.messages.cards import CardKind
from gateway.messages.markup import Markup
from gateway.sending.answers import Check
from gateway.sending.provider_answers import CHECKS


@dataclass(frozen=True, slots=True)
class ServiceTraits:
    """The facts about one service."""

    markup: Markup | None = None
    """How a message is written where Apprise's own format is not what the service shows; None: as Apprise says."""
    card: CardKind | None = None
    """What a message looks like where the service shows more than one text."""
    has_mentions: bool = True
    """People are called by `@name` in a text, so a text from outside must not hold one."""
    is_mail: bool = False
    is_smtp: bool = False
    """Mail that the gateway hands to a mail server by itself, with a part in plain text and a Message-ID."""
    is_program: bool = False
    """A program reads it: plain text, unless the address asks for a `format`."""
    is_webhook: bool = False
    """A generic webhook: it takes a `path`, and gets the delivery's id as a header."""
    can_carry_event: bool = False
    """A webhook whose body can be the event itself, in JSON (`format: event`)."""
    is_text_message: bool = False
    """To a telephone: one that comes a day late does harm, so it is tried for an hour only."""
    is_single_message: bool = False
    """Its targets share one message: those whom an alert is for, or who are mentioned in a room."""
    answer_checks: tuple[Check, ...] = ()
    """How it says no in the body of an answer; without any, the usual words are looked for."""
    counts_retry_after_in_ms: bool = False
    """The `retry_after` in the body of its answers is in milliseconds."""
    other_names: tuple[str, ...] = ()
    """What people call it where Apprise has another name."""


CHAT = ServiceTraits()
MARKDOWN_CHAT = ServiceTraits(markup=Markup.MARKDOWN)
"""Apprise gives these services text, and they show it as Markdown."""
MAIL = ServiceTraits(has_mentions=False, is_mail=True)
SMTP = replace(MAIL, is_smtp=True)
PROGRAM = ServiceTraits(has_mentions=False, is_program=True)
WEBHOOK = replace(PROGRAM, is_webhook=True)
TEXT_MESSAGE = ServiceTraits(has_mentions=False, is_text_message=True)

_MAIL_APIS = """
    acs azure brevo groundmail mailersend mailgun o365 postmark resend sendgrid sendpulse ses smtp2go sparkpost
"""
_TEXT_MESSAGES = """
    46elks atalk awswhatsapp bulksms bulkvs burstsms clickatell clicksend cm d7sms eight00com elks evolution
    evolutions exotel gupshup httpsms infobip kaleyra kavenegar klr kudosity mobilemessage mobilemsg msg91 msgbird
    nexmo notifyre octopush plivo ringc serwersms seven sfr signal signals sinch smpp smpps smsc smseagle smseagles
    smsmanager smsmgr smstunnel sns telesign telnyx threema voipms vonage whapi whatsapp
"""

_KINDS: Mapping[str, ServiceTraits] = {
    **dict.fromkeys(_MAIL_APIS.split(), MAIL),
    **dict.fromkeys(_TEXT_MESSAGES.split(), TEXT_MESSAGE),
    **dict.fromkeys(("form", "forms", "xml", "xmls"), WEBHOOK),
    **dict.fromkeys(("amqp", "amqps", "apprise", "apprises", "mqtt", "mqtts"), PROGRAM),
    **dict.fromkeys(("mmost", "mmosts", "zulip"), MARKDOWN_CHAT),
    **dict.fromkeys(("dingtalk", "jira", "opsgenie", "xmatters"), ServiceTraits(is_single_message=True)),
    **dict.fromkeys(("gotify", "gotifys"), ServiceTraits(card=CardKind.GOTIFY)),
    **dict.fromkeys(("ntfy", "ntfys"), ServiceTraits(card=CardKind.NTFY)),
    "workflow": ServiceTraits(card=CardKind.TEAMS),
    "discord": ServiceTraits(card=CardKind.DISCORD),
    "gchat": ServiceTraits(markup=Markup.SLACK),
    "json": replace(WEBHOOK, can_carry_event=True, other_names=("http",)),
    "jsons": replace(WEBHOOK, can_carry_event=True, other_names=("https", "webhook")),
    "mailto": SMTP,
    "mailtos": replace(SMTP, other_names=("email", "mail", "smtp")),
    "revolt": replace(MARKDOWN_CHAT, counts_retry_after_in_ms=True),
    "pover": ServiceTraits(markup=Markup.PUSHOVER, card=CardKind.PUSHOVER),
    "slack": ServiceTraits(markup=Markup.SLACK, card=CardKind.SLACK),
    "tgram": ServiceTraits(markup=Markup.TELEGRAM, card=CardKind.TELEGRAM),
    "twilio": replace(TEXT_MESSAGE, other_names=("sms",)),
    "workflows": ServiceTraits(card=CardKind.TEAMS, other_names=("teams",)),
}
"""What each service is that is not a plain chat."""

TRAITS: Mapping[str, ServiceTraits] = {
    service: replace(_KINDS.get(service, CHAT), answer_checks=CHECKS.get(service, ()))
    for service in sorted(_KINDS.keys() | CHECKS.keys())
}
"""By Apprise's name; a service without a row is a chat with the usual answers."""

IDENTIFIERS = frozenset(
    {
        "account_sid",
        "access_key_id",
        "client_id",
        "project",
        "sid",
        "team",
        "template",
        "tenant",
        "webhook_id",
        "workflow",
    }
)
"""Fields that Apprise calls private, of any service. They name an account or a place, and open nothing without the
token beside them, so they may stand in the YAML."""

SERVICES_BY_OTHER_NAME: Mapping[str, str] = {
    name: service for service, traits in TRAITS.items() for name in traits.other_names
}
"""What people call a service -> Apprise's name for it."""


def traits_of(service: str) -> ServiceTraits:
    return TRAITS.get(service, CHAT)


@cache
def names_of(service: str, contact_kind: str = "") -> tuple[str, ...]:
    """What `for` in a message may call a place of *service*, the most general name first: the kind of service, its
    names, and the kind of contact that a person has there."""
    traits = traits_of(service)
    kinds = {"email": traits.is_mail, "sms": traits.is_text_message, "webhook": traits.is_webhook}
    names = [*(name for name, is_so in kinds.items() if is_so), *traits.other_names, service, contact_kind]
    return tuple(dict.fromkeys(filter(None, names)))
