"""How each provider refuses a message in an answer with a success status, according to its documentation.

Codes that another attempt can help with are told from those that it cannot. A code that is not listed counts as its row
says: as permanent if the provider lists the temporary ones, otherwise as worth another attempt.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.sending.answers import Check
from gateway.sending.provider_answers import chats, mail, push, text_messages

CHECKS: Mapping[str, tuple[Check, ...]] = {**chats.CHECKS, **text_messages.CHECKS, **mail.CHECKS, **push.CHECKS}
"""By Apprise's name of the service."""
