"""E-mail addresses: their form, and domains with characters beyond ASCII."""

from __future__ import annotations

import re

from gateway.domain_names import in_ascii
from gateway.errors import InvalidAddress

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
MAILBOX = re.compile(
    r"\s*(?:\"?(?P<name>[^<>\"]{0,128}?)\"?\s*(?P<bracket><))?"
    r"(?P<full_email>(?:(?P<label>[^+\s@<>]{1,64})\+)?"
    rf"(?P<email>(?P<userid>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>(?:{_LABEL}\.)*{_LABEL})))"
    r"(?(bracket)>)\s*"
)
"""One whole address, with or without a display name: `Ana O'Neil <o'neil@example.com>` (RFC 5322, 3.4, without its
quoted forms). The groups are those that Apprise uses."""


INTERNATIONAL = re.compile(r"(?P<head>(?:[^<>@]*<)?)(?P<local>[^\s<>@]+)@(?P<domain>[^\s<>@]+)(?P<tail>>?)")
"""The same with any characters, for conversion."""


def ascii_mailbox(text: str) -> str:
    """*text* with the domain in punycode (RFC 5890) if it is an e-mail address beyond ASCII; otherwise unchanged.

    Raises: InvalidAddress for a domain that has no punycode form, and for a local part beyond ASCII: Apprise writes
    mails without SMTPUTF8 (RFC 6531), and there is no other form for a local part.
    """
    match = None if text.isascii() else INTERNATIONAL.fullmatch(text)
    if match is None:
        return text
    if not match["local"].isascii():
        raise InvalidAddress("the part before the @ has characters beyond ASCII, which cannot be sent without SMTPUTF8")
    return f"{match['head']}{match['local']}@{ascii_host(match['domain'])}{match['tail']}"


def ascii_host(name: str) -> str:
    """The host *name*, in punycode if it has characters beyond ASCII. Raises: InvalidAddress."""
    host = in_ascii(name)
    if host is None:
        raise InvalidAddress("it is not a valid international domain name")
    return host


def address_of(text: str) -> str:
    """The bare address in `Ana Lopez <ana@example.com>` or `Ana:ana@example.com`; *text* itself if it has no name."""
    match = MAILBOX.fullmatch(text) or MAILBOX.fullmatch(text.partition(":")[2])
    return match["full_email"] if match else text
