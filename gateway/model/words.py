"""The words that the gateway itself adds to messages, in one language; the defaults are English."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model.catalogue import Severity

Forms = tuple[tuple[str, str], ...]
"""Plural category of CLDR and text: `one`, `few`, `many`, `other` and so on; a language has some of them."""


@dataclass(frozen=True, slots=True)
class Words:
    """Each field is a key of `words` in a translation. `{name}`, `{thing}` and `{count}` are placeholders."""

    language: str = "en"
    info: str = "Info"
    success: str = "Success"
    warning: str = "Warning"
    error: str = "Error"
    critical: str = "Critical"
    yes: str = "yes"
    no: str = "no"
    not_given: str = "(not given)"
    no_text: str = "(no text)"
    open: str = "Open"
    quoted_text_removed: str = "quoted text removed"
    sent_by: str = "Sent by {name}"
    more: Forms = (("other", "and {count} more"),)
    more_characters: Forms = (("one", "{count} more character"), ("other", "{count} more characters"))
    now: str = "now"
    today: str = "today"
    tomorrow: str = "tomorrow"
    yesterday: str = "yesterday"
    because_mentioned: str = "because you were mentioned"
    because_assigned: str = "because you are assigned"
    because_turn_begins: str = "because your turn on call begins"
    because_turn_ends: str = "because your turn on call ends"
    because_following: str = "because you follow it"
    because_following_thing: str = "because you follow the {thing}"
    because_yours: str = "because it is yours"
    because_your_thing: str = "because it is your {thing}"
    because_on_call: str = "because you are on call ({name})"
    because_next_on_call: str = "because you are next on call ({name})"
    because_listed: str = "because you are listed in {name}"
    because_in_group: str = "because you are in the group {name}"
    because_addressed: str = "because the route {name} is addressed to you"
    because_unrouted: str = "because no route brings this to anybody"
    route: str = "route {name}"
    failed_timeout: str = "the service did not answer in time"
    failed_connection: str = "the service could not be reached"
    failed_tls: str = "no secure connection could be made"
    failed_throttled: str = "the service asked us to slow down"
    failed_unavailable: str = "the service reported an error of its own"
    failed_rejected: str = "the service rejected the message"
    failed_unauthorized: str = "the service rejected our credentials"
    failed_not_found: str = "the service has no such destination"
    failed_gone: str = "the service says that the destination is gone for good"
    failed_redirected: str = "the service answered with a redirect, which is not followed"
    failed_refused: str = "the service refused the message without giving a reason"
    failed_address: str = "the address cannot be used"
    failed_template: str = "the message could not be written from the event"
    failed_unknown_target: str = "the configuration has no such target any more"
    failed_disabled: str = "the target is disabled since it answered that it is gone"
    failed_crash_loop: str = "three workers died while they sent it"
    failed_exhausted: str = "all attempts failed"
    failed_internal: str = "the gateway failed; its log has the details"

    def of(self, severity: Severity) -> str:
        """The word for *severity*."""
        word: str = getattr(self, severity.value)
        return word

    def of_failure(self, reason: str) -> str:
        """A clause for *reason*, a `FailureReason`; one that this version does not know stays as it is."""
        words: str = getattr(self, f"failed_{reason.replace('-', '_')}", reason)
        return words


ENGLISH = Words()
