"""How push and incident services refuse a message in an answer with a success status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gateway.sending.answers import REJECTED, AnswerCheck, Check, TextCheck
from gateway.sending.provider_answers.rules import CODE_0, CODE_200, SUCCESS, accepted, codes

VIBER = AnswerCheck(
    "status",
    accepted(0),
    verdicts=codes(throttled="12 13", unavailable="1", unauthorized="2 4 10", not_found="5 6 8", gone="7"),
    otherwise=REJECTED,
)
FCM = AnswerCheck(
    "results.*.error",
    accepted(),
    verdicts=codes(
        throttled="DeviceMessageRateExceeded TopicsMessageRateExceeded",
        unavailable="Unavailable InternalServerError",
        unauthorized="MismatchSenderId InvalidApnsCredential",
        gone="NotRegistered",
    ),
    otherwise=REJECTED,
)

CHECKS: Mapping[str, tuple[Check, ...]] = {
    "pover": (AnswerCheck("status", accepted(1), code="errors.*", otherwise=REJECTED),),
    "join": (replace(SUCCESS, code="errorMessage", verdicts=codes(unauthorized="userAuthError")),),
    **dict.fromkeys(
        ("bark", "barks"),
        (
            replace(
                CODE_200,
                verdicts=codes(
                    throttled="429", unavailable="500 502 503", unauthorized="401 403", not_found="404", rejected="400"
                ),
            ),
        ),
    ),
    "schan": (
        replace(CODE_0, verdicts=codes(throttled="40302 40003", unauthorized="40001 40002"), otherwise=REJECTED),
    ),
    **dict.fromkeys(
        ("pushplus", "wecom"),
        (
            replace(
                CODE_200,
                verdicts=codes(
                    throttled="900 905 999",
                    unavailable="500 600",
                    unauthorized="401 403 903 907",
                    rejected="302 400 805 888 893",
                ),
            ),
        ),
    ),
    **dict.fromkeys(("pushdeer", "pushdeers"), (replace(CODE_0, verdicts=codes(unauthorized="80403")),)),
    "pushme": (TextCheck(re.compile(r"\A(?!\s*success)\s*(?P<code>\S.*)"), otherwise=REJECTED),),
    "wpush": (replace(CODE_0, verdicts=codes(throttled="429", unauthorized="401 403"), otherwise=REJECTED),),
    "wxpusher": (
        AnswerCheck(
            "code",
            accepted(1000),
            verdicts=codes(throttled="1006", unavailable="1005", unauthorized="1002 1003", rejected="1001"),
        ),
        AnswerCheck("data.*.code", accepted(1000), verdicts=codes(unavailable="1005"), otherwise=REJECTED),
    ),
    "spugpush": (replace(CODE_200, verdicts=codes(throttled="429", unauthorized="401 403", not_found="204 404")),),
    "qq": (SUCCESS, CODE_0),
    "psafer": (AnswerCheck("status", accepted(1), otherwise=REJECTED),),
    **dict.fromkeys(("simplepush", "spush"), (AnswerCheck("status", accepted("ok"), code="errorType"),)),
    "notifiarr": (AnswerCheck("result", accepted("success"), code="details.code"),),
    "onesignal": (AnswerCheck("errors", accepted("[]"), otherwise=REJECTED),),
    "pushy": (
        replace(
            SUCCESS,
            code="code",
            error_code="code",
            verdicts=codes(
                throttled="RATE_LIMIT_EXCEEDED", unauthorized="INVALID_API_KEY PLAN_EXPIRED ACCOUNT_SUSPENDED"
            ),
        ),
    ),
    "fcm": (FCM,),
    **dict.fromkeys(("gorush", "gorushs"), (AnswerCheck("success", accepted("ok", True)),)),
    "prowl": (
        TextCheck(
            re.compile(r"<error code=\"(?P<code>\d+)\""),
            codes(throttled="406", unavailable="500", unauthorized="401 409", rejected="400"),
        ),
    ),
    "viber": (VIBER,),
    "line": (
        AnswerCheck("status", accepted(200), verdicts=codes(throttled="429", unauthorized="401", rejected="400")),
    ),
    "kakao": (AnswerCheck("result_code", accepted(0)),),
    **dict.fromkeys(("kodi", "kodis", "xbmc", "xbmcs"), (AnswerCheck("error.code", accepted(), otherwise=REJECTED),)),
    **dict.fromkeys(
        ("tweet", "twitter", "x"),
        (
            AnswerCheck(
                "errors.*.code",
                accepted(),
                error_code="errors.*.code",
                verdicts=codes(
                    throttled="88 185 429",
                    unavailable="130 131",
                    unauthorized="32 64 89 99 135 215 326",
                    not_found="34 50",
                    rejected="186 187 349 354",
                ),
            ),
        ),
    ),
    "pagerduty": (
        AnswerCheck(
            "status",
            accepted("success"),
            verdicts=codes(throttled="throttle_exceeded"),
            otherwise=REJECTED,
        ),
    ),
    **dict.fromkeys(("splunk", "victorops"), (AnswerCheck("result", accepted("success"), otherwise=REJECTED),)),
    **dict.fromkeys(("humhub", "humhubs"), (replace(CODE_200, otherwise=REJECTED),)),
    "discord": (
        AnswerCheck(
            "code",
            accepted(0),
            error_code="code",
            verdicts=codes(
                throttled="20028 20016 40062 130000",
                not_found="10003 10015",
                unauthorized="40001 50001 50013",
                rejected="50006 50035",
            ),
        ),
    ),
}
