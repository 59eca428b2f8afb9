"""The subject of a mail: the customer first, then what happened."""

from __future__ import annotations

from gateway.messages.escaping import one_line
from gateway.model import Message

MAX_CUSTOMER = 40
MAX_SUBJECT = 200


def subject_of(message: Message) -> str:
    """`Keller & Sons Roofing: #10482 Email not working is Resolved`, on one line, without control characters."""
    title = one_line(message.title, MAX_SUBJECT)
    customer = one_line(message.customer, MAX_CUSTOMER)
    # The title may already contain the customer's name, or its first word (`Keller` for Keller & Sons).
    words = message.customer.casefold().split()
    first = words[0].strip(",;.") if words else ""
    is_named = message.customer.casefold() in title.casefold() or (
        len(first) > 3 and first in (word.strip(",;.:()") for word in title.casefold().split())
    )
    return title if not customer or is_named else one_line(f"{customer}: {title}", MAX_SUBJECT)
