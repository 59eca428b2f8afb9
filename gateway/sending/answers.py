"""Whether an answer says no: many services answer 200 and refuse the message in the body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gateway.model import FailureReason as Reason

Verdict = tuple[Reason, bool]
"""Why a message was refused, and whether that is permanent."""

THROTTLED: Verdict = (Reason.THROTTLED, False)
UNAVAILABLE: Verdict = (Reason.UNAVAILABLE, False)
UNAUTHORIZED: Verdict = (Reason.UNAUTHORIZED, True)
"""Also for an account without credit: nothing can be sent until somebody acts."""
NOT_FOUND: Verdict = (Reason.NOT_FOUND, True)
GONE: Verdict = (Reason.GONE, True)
REJECTED: Verdict = (Reason.REJECTED, True)
REFUSED: Verdict = (Reason.REFUSED, False)
"""The service refuses without saying whether another attempt could help, so there is one."""

THROTTLING = re.compile(r"rate.?limit|too (?:many|fast|frequent)|throttl|slow down|flood", re.IGNORECASE)
EXPLANATIONS = (
    "error-text", "error_description", "errorMessage", "error_message", "errmsg", "err_msg", "description", "reason",
    "detail", "details", "message", "msg", "errors", "error", "title", "code",
)  # fmt: skip
"""Where services put a text on what is wrong, the best first."""
MAX_EXPLANATION = 200

# Common words, for services without a check.
YES_OR_NO = ("ok", "success", "succeeded")
STATUSES = ("status", "result")
NO_WORDS = frozenset({"error", "err", "fail", "failed", "failure", "nok", "denied", "rejected", "invalid", "false"})
ERROR_CODES = ("errcode", "errorcode", "error_code", "errno")
NO_ERROR = frozenset({"", "0", "00", "000", "none", "null", "false", "ok", "success", "no error", "[]", "{}"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in the body of an answer."""

    reason: Reason
    is_permanent: bool
    explanation: str
    """What the service says about it: a code and a text, if there are any."""
    is_guess: bool = False
    """Whether there was no documentation of the service to go by, only a common word in the body."""


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """How, according to its documentation, a service says in a JSON body whether it accepted the message."""

    path: str
    """The path of the decisive value: `messages.*.status`; `*` stands for each item of a list."""
    accepted: frozenset[str]
    """The decisive values that mean acceptance, in lower case; booleans are `true` and `false`."""
    code: str = ""
    """The path of a refusal's code, beside the decisive value or from the top; empty: the decisive value
    is the code."""
    verdicts: Mapping[str, Verdict] = field(default_factory=lambda: MappingProxyType({}))
    """The verdict for each code in lower case."""
    otherwise: Verdict = REFUSED
    """The verdict for a code that is not listed."""
    error_code: str = ""
    """The path of the code in the body of an answer with a failure status."""

    def find_refusal(self, document: Any) -> Refusal | None:
        """The first decisive value in *document* that means a refusal."""
        for parent, value in _values(document, self.path):
            if _word(value) in self.accepted:
                continue
            places = (parent, document) if self.code else ()
            codes = (code for place in places for _, code in _values(place, self.code))
            code = next(codes, None if self.code else value)
            words = _explanation(parent) or _explanation(document)
            reason, is_permanent = self.verdicts.get(_word(code)) or _by_words(words, self.otherwise)
            name = self.path.rpartition(".")[2]
            return Refusal(reason, is_permanent, _joined(f"{name} {value}" if code is None else str(code), words))
        return None


@dataclass(frozen=True, slots=True)
class TextCheck:
    """How a service refuses a message in a body of plain text or XML."""

    refused: re.Pattern[str]
    """Matches a body that means a refusal; its group `code` is looked up in *verdicts*."""
    verdicts: Mapping[str, Verdict] = field(default_factory=lambda: MappingProxyType({}))
    otherwise: Verdict = REFUSED

    def find_refusal(self, text: str) -> Refusal | None:
        """The refusal in *text*, which is shown as the explanation."""
        match = self.refused.search(text)
        if match is None:
            return None
        reason, is_permanent = self.verdicts.get((match["code"] or "").casefold()) or _by_words(text, self.otherwise)
        return Refusal(reason, is_permanent, text[:MAX_EXPLANATION])


Check = AnswerCheck | TextCheck


def find_refusal(checks: Sequence[Check], body: bytes) -> Refusal | None:
    """The refusal in *body*, which came with a success status; None if the service accepted the message.

    If no check finds its decisive value, common words at the top of the JSON object decide. Such a guess may be wrong,
    so the message is tried again.
    """
    text = body.decode("utf-8", "replace").strip()
    if not checks and not text.startswith("{"):
        return None  # most bodies of webhooks: the usual words are looked for in an object only
    document = _document(text)
    for check in checks:
        refusal = check.find_refusal(text) if isinstance(check, TextCheck) else check.find_refusal(document)
        if refusal:
            return refusal
    is_decided = any(isinstance(check, AnswerCheck) and any(_values(document, check.path)) for check in checks)
    if is_decided or not isinstance(document, Mapping):
        return None
    values = {str(name).casefold(): value for name, value in document.items()}
    says_no = [name for name in YES_OR_NO if name in values and _word(values[name]) in {"false", "0", "no"}]
    says_no += [name for name in STATUSES if _word(values.get(name)) in NO_WORDS]
    says_no += [name for name in ERROR_CODES if _word(values.get(name, "")) not in NO_ERROR]
    says_no += [name for name in ("error", "errors") if _word(values.get(name, "")) not in NO_ERROR]
    if not says_no:
        return None
    words = _explanation(document)
    reason, is_permanent = _by_words(words, REFUSED)
    return Refusal(reason, is_permanent, _joined(f"{says_no[0]}: {values[says_no[0]]}", words), is_guess=True)


def find_verdict(checks: Sequence[Check], body: bytes) -> Verdict | None:
    """What a code in *body* says in addition to its failure status; None if the status says it all."""
    text = body.decode("utf-8", "replace")
    document = _document(text)
    for check in checks:
        if isinstance(check, TextCheck):
            match = check.refused.search(text)
            codes = [match["code"] or ""] if match else []
        else:
            codes = [code for _, code in _values(document, check.error_code)] if check.error_code else []
        verdict = check.verdicts.get(_word(codes[0])) if codes else None
        if verdict:
            return verdict
    return None


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _by_words(words: str, otherwise: Verdict) -> Verdict:
    return THROTTLED if THROTTLING.search(words) else otherwise


def _values(document: Any, path: str) -> Iterator[tuple[Any, Any]]:
    """Each value at *path*, with the object that contains it."""
    head, _, rest = path.partition(".")
    if head == "*":
        items = document if isinstance(document, list) else []
        for item in items:
            yield from _values(item, rest) if rest else iter([(document, item)])
    elif isinstance(document, Mapping) and head in document:
        yield from _values(document[head], rest) if rest else iter([(document, document[head])])


def _word(value: Any) -> str:
    return str(value).casefold()


# ------------------------------------------------------------------ what the service says


def _explanation(value: Any) -> str:
    """The text in *value* that explains a refusal; empty if there is none."""
    if isinstance(value, str):
        return value[:MAX_EXPLANATION]
    if isinstance(value, list):
        return next((words for item in value if (words := _explanation(item))), "")
    if isinstance(value, Mapping):
        return next((words for name in EXPLANATIONS if (words := _explanation(value.get(name)))), "")
    return ""


def _joined(code: str, words: str) -> str:
    return f"{code}, {words}" if code and words and words != code else code or words
