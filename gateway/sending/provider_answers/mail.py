"""How mail services refuse a message in an answer with a success status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.sending.answers import REJECTED, AnswerCheck, Check
from gateway.sending.provider_answers.rules import AMAZON, accepted, codes

POSTMARK = AnswerCheck(
    "ErrorCode",
    accepted(0),
    error_code="ErrorCode",
    verdicts=codes(throttled="429", unavailable="100", unauthorized="10 400 401 402 405 412"),
    otherwise=REJECTED,
)
"""postmarkapp.com/developer/api/overview#error-codes; 406 is a recipient that has bounced before."""

CHECKS: Mapping[str, tuple[Check, ...]] = {
    "ses": (AMAZON,),
    "postmark": (POSTMARK, replace(POSTMARK, path="*.ErrorCode", error_code="*.ErrorCode")),
    "sparkpost": (
        AnswerCheck("results.total_rejected_recipients", accepted(0), otherwise=REJECTED),
        AnswerCheck("errors.*.code", accepted(), verdicts=codes(throttled="420 429"), otherwise=REJECTED),
    ),
    "smtp2go": (
        AnswerCheck(
            "data.error_code",
            accepted(""),
            verdicts=codes(
                throttled="E_ApiResponseCodes.RATE_LIMITED",
                unauthorized="E_ApiResponseCodes.API_KEY_INVALID E_ApiResponseCodes.ENDPOINT_PERMISSION_DENIED",
            ),
            otherwise=REJECTED,
        ),
        AnswerCheck("data.failed", accepted(0), otherwise=REJECTED),
    ),
    "sendpulse": (AnswerCheck("result", accepted(True), code="error_code", otherwise=REJECTED),),
}
