"""The notation of the tables in this folder, and what several providers have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.sending.answers import (
    GONE,
    NOT_FOUND,
    REJECTED,
    THROTTLED,
    UNAUTHORIZED,
    UNAVAILABLE,
    AnswerCheck,
    TextCheck,
    Verdict,
)


def accepted(*values: object) -> frozenset[str]:
    return frozenset(str(value).casefold() for value in values)


def codes(
    *, throttled: str = "", unavailable: str = "", unauthorized: str = "", not_found: str = "", rejected: str = "",
    gone: str = "",
) -> Mapping[str, Verdict]:  # fmt: skip
    """Verdicts by code; each argument lists codes separated by spaces."""
    verdicts = {
        THROTTLED: throttled, UNAVAILABLE: unavailable, UNAUTHORIZED: unauthorized, NOT_FOUND: not_found,
        REJECTED: rejected, GONE: gone,
    }  # fmt: skip
    return {code.casefold(): verdict for verdict, codes in verdicts.items() for code in codes.split()}


OK = AnswerCheck("ok", accepted(True))
SUCCESS = AnswerCheck("success", accepted(True))
ERRCODE_0 = AnswerCheck("errcode", accepted(0))
CODE_0 = AnswerCheck("code", accepted(0))
CODE_200 = AnswerCheck("code", accepted(200))
AMAZON = TextCheck(
    re.compile(r"<Code>(?P<code>\w+)</Code>"),
    codes(
        throttled="Throttling ThrottlingException ThrottledException TooManyRequestsException",
        unavailable="InternalFailure InternalError ServiceUnavailable KMSThrottling",
        unauthorized="InvalidClientTokenId SignatureDoesNotMatch AccessDenied AuthorizationError OptInRequired",
        not_found="NotFound",
        gone="EndpointDisabled",
        rejected="MessageRejected InvalidParameter InvalidParameterValue MailFromDomainNotVerified",
    ),
)
