"""How text message services refuse a message in an answer with a success status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gateway.sending.answers import REJECTED, AnswerCheck, Check, TextCheck
from gateway.sending.provider_answers.rules import AMAZON, SUCCESS, accepted, codes

TWILIO = AnswerCheck(
    "status",
    accepted("accepted", "scheduled", "queued", "sending", "sent", "delivered", "receiving", "received", "read"),
    code="error_code",
    error_code="code",
    verdicts=codes(
        throttled="14107 20429 21611 30001 30022 63018",
        unavailable="20500 20503 30008 30010 31000",
        unauthorized="20003 20005 20006 20403 21606 30002 30018",
        rejected="21211 21408 21610 21612 21614 21617 30003 30004 30005 30006 30007 63016",
        not_found="20404",
    ),
    otherwise=REJECTED,
)
"""www.twilio.com/docs/api/errors; codes that begin with 3 are about queued messages."""
VONAGE = AnswerCheck(
    "messages.*.status",
    accepted(0),
    verdicts=codes(throttled="1 10", unavailable="5", unauthorized="4 8 9 11 14 32 33"),
    otherwise=REJECTED,
)
"""developer.vonage.com/en/api-errors/sms"""
CLICKSEND = AnswerCheck(
    "data.messages.*.status",
    accepted("success"),
    verdicts=codes(
        throttled="TOO_MANY_REQUESTS THROTTLED",
        unavailable="INTERNAL_ERROR",
        unauthorized="INSUFFICIENT_CREDIT UNAUTHORIZED ACCOUNT_NOT_ACTIVATED INVALID_CREDENTIALS",
    ),
    otherwise=REJECTED,
)
SEVEN = codes(
    throttled="402 403", unavailable="101 600", unauthorized="500 900 901 902 903", rejected="201 202 301 305 401"
)
SMSMANAGER = codes(unavailable="901 902", unauthorized="103 104 105 109", rejected="101 102 201 202 203 204 205")
"""smsmanager.cz/api/codes: repeating is useless after 1xx and 2xx; 9xx are failures of the server."""
SMSC = codes(throttled="9", unavailable="", unauthorized="2 3 4 6", rejected="1 5 7 8")
AFRICASTALKING = AnswerCheck(
    "SMSMessageData.Recipients.*.statusCode",
    accepted(100, 101, 102),
    verdicts=codes(unavailable="407 500 501", unauthorized="405"),
    otherwise=REJECTED,
)
KAVENEGAR = AnswerCheck(
    "return.status",
    accepted(200),
    error_code="return.status",
    verdicts=codes(
        throttled="429 451 607",
        unavailable="402 409",
        unauthorized="401 403 407 418 501",
        rejected="411 412 413 414 417",
    ),
    otherwise=REJECTED,
)
VOIPMS = AnswerCheck(
    "status",
    accepted("success"),
    verdicts=codes(
        throttled="limit_reached api_limit_exceeded",
        unavailable="sms_failed maintenance api_not_enabled",
        unauthorized="invalid_credentials ip_not_enabled no_api no_account missing_credentials invalid_password",
        not_found="invalid_dst missing_dst",
    ),
    otherwise=REJECTED,
)
MESSAGEBIRD = (
    AnswerCheck(
        "errors.*.code",
        accepted(),
        error_code="errors.*.code",
        verdicts=codes(throttled="429", unavailable="98 99", unauthorized="2 25", not_found="20"),
        otherwise=REJECTED,
    ),
    AnswerCheck(
        "recipients.items.*.status",
        accepted("scheduled", "sent", "buffered", "delivered"),
        otherwise=REJECTED,
    ),
)
INFOBIP = AnswerCheck(
    "messages.*.status.groupName",
    accepted("pending", "delivered", "accepted"),
    code="name",
    verdicts=codes(
        throttled="REJECTED_FLOODING_FILTER",
        unavailable="REJECTED_SYSTEM_ERROR",
        unauthorized="REJECTED_NOT_ENOUGH_CREDITS REJECTED_PREPAID_PACKAGE_EXPIRED REJECTED_NETWORK",
    ),
    otherwise=REJECTED,
)
WHATSAPP = AnswerCheck(
    "messages.*.message_status",
    accepted("accepted", "held_for_quality_assessment", "paused"),
    error_code="error.code",
    verdicts=codes(
        throttled="4 80007 130429 131048 131056 133016",
        unavailable="1 2 131000 131016 131057",
        unauthorized="0 3 10 190 200 368 131005 131031 131042",
        rejected="100 131008 131009 131026 131047 131051 132000 132001",
    ),
)

CHECKS: Mapping[str, tuple[Check, ...]] = {
    "twilio": (TWILIO,),
    **dict.fromkeys(("vonage", "nexmo"), (VONAGE,)),
    "clicksend": (CLICKSEND, AnswerCheck("response_code", accepted("success"), verdicts=CLICKSEND.verdicts)),
    "seven": (
        AnswerCheck("success", accepted(100, True), verdicts=SEVEN, otherwise=REJECTED),
        TextCheck(re.compile(r"\A\s*(?!100\b)(?P<code>\d{3})\b"), SEVEN, REJECTED),
    ),
    "msg91": (AnswerCheck("type", accepted("success"), code="code", otherwise=REJECTED),),
    **dict.fromkeys(
        ("smsmanager", "smsmgr"), (TextCheck(re.compile(r"\A\s*ERROR\|(?P<code>\d+)"), SMSMANAGER, REJECTED),)
    ),
    "smsc": (
        AnswerCheck("error_code", accepted(0), verdicts=SMSC, otherwise=REJECTED),
        TextCheck(re.compile(r"\A\s*ERROR = (?P<code>\d+)"), SMSC, REJECTED),
    ),
    "atalk": (AFRICASTALKING,),
    "bulksms": (
        AnswerCheck("*.status.type", accepted("accepted", "scheduled", "sent", "delivered"), otherwise=REJECTED),
    ),
    "bulkvs": (AnswerCheck("Results.*.Status", accepted("success", "queued"), otherwise=REJECTED),),
    **dict.fromkeys(
        ("burstsms", "kudosity"),
        (
            AnswerCheck(
                "error.code",
                accepted("success"),
                error_code="error.code",
                verdicts=codes(
                    throttled="OVER_LIMIT",
                    unavailable="INTERNAL_ERROR",
                    unauthorized="AUTH_FAILED LEDGER_ERROR NO_ACCESS",
                ),
                otherwise=REJECTED,
            ),
        ),
    ),
    "clickatell": (AnswerCheck("messages.*.accepted", accepted(True), code="error.code", otherwise=REJECTED),),
    "cm": (
        AnswerCheck(
            "errorCode",
            accepted(0),
            verdicts=codes(unavailable="999", unauthorized="101 103 402"),
            otherwise=REJECTED,
        ),
        AnswerCheck("messages.*.messageErrorCode", accepted(0), verdicts=codes(unavailable="999"), otherwise=REJECTED),
    ),
    "d7sms": (AnswerCheck("status", accepted("accepted", "success"), code="detail.code", otherwise=REJECTED),),
    **dict.fromkeys(("46elks", "elks"), (AnswerCheck("status", accepted("created", "sent", "delivered")),)),
    "gupshup": (AnswerCheck("status", accepted("submitted", "success"), code="message", otherwise=REJECTED),),
    "httpsms": (AnswerCheck("status", accepted("success"), otherwise=REJECTED),),
    "infobip": (INFOBIP,),
    "kavenegar": (KAVENEGAR,),
    "msgbird": MESSAGEBIRD,
    "octopush": (
        AnswerCheck(
            "error_code",
            accepted(0, "000"),
            verdicts=codes(unauthorized="101 102 103 104 105 150", rejected="120 121 122 123 124 125 126"),
            otherwise=REJECTED,
        ),
    ),
    "serwersms": (
        AnswerCheck(
            "error.code",
            accepted(),
            verdicts=codes(unauthorized="1001 1002 1003 3000 3001 3002 3003"),
            otherwise=REJECTED,
        ),
        replace(SUCCESS, otherwise=REJECTED),
    ),
    "sfr": (replace(SUCCESS, code="errorCode"),),
    **dict.fromkeys(
        ("smseagle", "smseagles"),
        (
            TextCheck(re.compile(r"\A\s*(?P<code>wrong|invalid)[\w ]*|\"result\":\s*\"ERROR"), otherwise=REJECTED),
            AnswerCheck("*.status", accepted("queued", "ok")),
        ),
    ),
    "telesign": (
        AnswerCheck(
            "status.code",
            accepted(200, 203, 290, 291, 292, 295),
            verdicts=codes(
                throttled="11007 10004 -40008",
                unavailable="229 500 599",
                unauthorized="-30000 10000",
                rejected="10033 11000",
            ),
        ),
    ),
    "voipms": (VOIPMS,),
    "whatsapp": (WHATSAPP,),
    "sns": (AMAZON,),
}
