"""The headers of a mail that classify it: the conversation it belongs to, that a program wrote it, and its urgency."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from email.header import Header
from email.utils import formataddr

from gateway.domain_names import in_ascii
from gateway.messages.escaping import one_line
from gateway.messages.mail.subject import subject_of
from gateway.model import DEFAULT_BRAND, Message, Severity

IMPORTANCE = {Severity.CRITICAL: ("high", "1 (Highest)"), Severity.ERROR: ("high", "2 (High)")}
"""Importance and X-Priority; other severities have neither, which means normal."""
MAX_LIST_TITLE = 60
MAX_LINE = 74
"""Python exceeds it by up to two characters."""
THREAD_INDEX_TIME = bytes.fromhex("01d5c0360000")
"""The upper bytes of a time in 2020. Outlook compares the 16 bytes after them (MS-OXOMSG, 2.2.1.3)."""


def headers_of(message: Message, sender: str, reply_to: str = "") -> dict[str, str]:
    """Headers by name, in ASCII, folded if they are long; *sender* is the sender's bare address."""
    domain = in_ascii(sender.rpartition("@")[2]) or "notification-gateway"
    subject = subject_of(message)
    # A text such as `=?utf-8?q?x?=` would be decoded, if it were not itself encoded.
    charset = None if subject.isascii() and "=?" not in subject else "utf-8"
    headers = {
        # In encoded words of at most 75 characters (RFC 2047, 2).
        "Subject": Header(subject, charset, header_name="Subject", maxlinelen=MAX_LINE).encode(),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if message.brand.name != DEFAULT_BRAND.name and sender.isascii():
        headers["From"] = formataddr((one_line(message.brand.name), sender)).replace("\n", "")
    if message.category:
        label = re.sub(r"[^a-z0-9]+", "-", message.category.lower()).strip("-") or "other"
        title = one_line(message.category_title, MAX_LIST_TITLE)
        headers["List-Id"] = formataddr((title, f"{label}.notifications.{domain}")).replace("\n", "")
    if message.severity in IMPORTANCE:
        headers["Importance"], headers["X-Priority"] = IMPORTANCE[message.severity]
    if conversation := conversation_of(message):
        root = f"<conversation.{conversation.hex()}@{domain}>"
        headers |= {"In-Reply-To": root, "References": root}
        headers["Thread-Index"] = b64encode(THREAD_INDEX_TIME + conversation).decode()
    if reply_to:
        headers["Reply-To"] = reply_to
    return headers


def conversation_of(message: Message) -> bytes:
    """16 bytes that are equal for all messages about one subject; empty for a message without a subject."""
    if not message.subject:
        return b""
    parts = (message.source, message.subject_kind, message.subject)
    return hashlib.sha256("\0".join(parts).encode()).digest()[:16]
