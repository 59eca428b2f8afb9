"""The one table with the properties of each service.

Apprise describes the form of an address, but not who reads the messages, which markup is shown, or how a message is
refused. A service without a row is a chat with a markup that Apprise knows, so `traits_of` never fails.
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
    """The properties of one service."""

    markup: Markup | None = None
    """The markup of a message, if Apprise's own format is not what the service shows; None: Apprise's format."""
    card: CardKind | None = None
    """The card for a message, if the service shows more than one text."""
    has_mentions: bool = True
    """Whether `@name` in a text mentions people, so that a text from outside must not contain one."""
    is_mail: bool = False
    is_smtp: bool = False
    """Mail that the gateway itself gives to a mail server, with a plain-text part and a Message-ID."""
    is_program: bool = False
    """Whether a program reads it: it gets plain text, unless the address has a `format`."""
    is_webhook: bool = False
    """Whether it is a generic webhook, which may have a `path` and gets the delivery's id as a header."""
    can_carry_event: bool = False
    """Whether the body of its webhook can be the event itself, in JSON (`format: event`)."""
    is_text_message: bool = False
    """Whether it sends to phones: a message that comes a day late does harm, so it is tried for an hour only."""
    is_single_message: bool = False
    """Whether its targets share one message: people whom an alert is for, or who are mentioned in a room."""
    answer_checks: tuple[Check, ...] = ()
    """How it refuses a message in the body of an answer; without checks, common words are looked for."""
    counts_retry_after_in_ms: bool = False
    """Whether the `retry_after` in the body of its answers is in milliseconds."""
    other_names: tuple[str, ...] = ()
    """Common names for the service, if Apprise's name is different."""


CHAT = ServiceTraits()
MARKDOWN_CHAT = ServiceTraits(markup=Markup.MARKDOWN)
"""Apprise sends text to these services, and they show it as Markdown."""
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
"""The services that are not plain chats."""

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
"""Fields that Apprise calls private in any service. They name an account or a place, and are useless without the token
beside them, so they may be written in the YAML."""

SERVICES_BY_OTHER_NAME: Mapping[str, str] = {
    name: service for service, traits in TRAITS.items() for name in traits.other_names
}
"""Apprise's name for each common name of a service."""


def traits_of(service: str) -> ServiceTraits:
    return TRAITS.get(service, CHAT)


@cache
def names_of(service: str, contact_kind: str = "") -> tuple[str, ...]:
    """The names that `for` in a message may use for a place of *service*, the most general first: the kind of service,
    its names, and the kind of contact that a person has there."""
    traits = traits_of(service)
    kinds = {"email": traits.is_mail, "sms": traits.is_text_message, "webhook": traits.is_webhook}
    names = [*(name for name, is_so in kinds.items() if is_so), *traits.other_names, service, contact_kind]
    return tuple(dict.fromkeys(filter(None, names)))
