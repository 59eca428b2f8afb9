"""How each provider says no behind a status of success, from the provider's own documentation.

The codes that another attempt can help with are told from those that it cannot. A code that is not listed counts as
its row says: as permanent where the provider lists what is temporary, else as worth another attempt.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.sending.answers import Check
from gateway.sending.provider_answers import chats, mail, push, text_messages

CHECKS: Mapping[str, tuple[Check, ...]] = {**chats.CHECKS, **text_messages.CHECKS, **mail.CHECKS, **push.CHECKS}
"""By Apprise's name of the service."""
