"""How each provider says no behind a status of success, from the provider's own documentation.

The codes that another attempt can help with are told from those that it cannot. A code that is not listed counts as
its row says: as permanent where the provider lists what is temporary, else as worth another attempt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gateway.sending.answers import (
    GONE,
    NOT_FOUND,
    REJECTED,
    THROTTLED,
    UNAUTHORIZED,
    UNAVAILABLE,
    AnswerCheck,
    Check,
    TextCheck,
    Verdict,
)


def _accepted(*values: object) -> frozenset[str]:
    return frozenset(str(value).casefold() for value in values)


def _codes(
    *, throttled: str = "", unavailable: str = "", unauthorized: str = "", not_found: str = "", rejected: str = "",
    gone: str = "",
) -> Mapping[str, Verdict]:  # fmt: skip
    """Verdicts by code; each argument lists codes with blanks between them."""
    verdicts = {
        THROTTLED: throttled, UNAVAILABLE: unavailable, UNAUTHORIZED: unauthorized, NOT_FOUND: not_found,
        REJECTED: rejected, GONE: gone,
    }  # fmt: skip
    return {code.casefold(): verdict for verdict, codes in verdicts.items() for code in codes.split()}


OK = AnswerCheck("ok", _accepted(True))
SUCCESS = AnswerCheck("success", _accepted(True))
ERRCODE_0 = AnswerCheck("errcode", _accepted(0))
CODE_0 = AnswerCheck("code", _accepted(0))
CODE_200 = AnswerCheck("code", _accepted(200))

TELEGRAM = replace(
    OK,
    code="error_code",
    error_code="error_code",
    verdicts=_codes(
        throttled="429", unavailable="500 502 503 504", unauthorized="401 403", not_found="404", rejected="400 413"
    ),
)
TENCENT_AND_ALIBABA = _codes(
    throttled="45009 45033 130101 660026 88",
    unavailable="-1 9001 9002 9003 300004",
    unauthorized="40001 40014 42001 310000 300005 301002 301003 60020",
    not_found="93000 93004 300001 81013",
    rejected="40008 40035 40058 44004 45002 400101 400102 400103",
)
"""WeCom (developer.work.weixin.qq.com/document/path/90313) and DingTalk (open.dingtalk.com, custom robots)."""
FEISHU = AnswerCheck(
    "code",
    _accepted(0),
    verdicts=_codes(
        throttled="9499 11232 99991400",
        unavailable="19006 99991663",
        unauthorized="19021 19022 19024",
        not_found="19001",
    ),
    otherwise=REJECTED,
)
TWILIO = AnswerCheck(
    "status",
    _accepted("accepted", "scheduled", "queued", "sending", "sent", "delivered", "receiving", "received", "read"),
    code="error_code",
    error_code="code",
    verdicts=_codes(
        throttled="14107 20429 21611 30001 30022 63018",
        unavailable="20500 20503 30008 30010 31000",
        unauthorized="20003 20005 20006 20403 21606 30002 30018",
        rejected="21211 21408 21610 21612 21614 21617 30003 30004 30005 30006 30007 63016",
        not_found="20404",
    ),
    otherwise=REJECTED,
)
"""www.twilio.com/docs/api/errors; the codes with a leading 3 are of messages that were queued."""
VONAGE = AnswerCheck(
    "messages.*.status",
    _accepted(0),
    verdicts=_codes(throttled="1 10", unavailable="5", unauthorized="4 8 9 11 14 32 33"),
    otherwise=REJECTED,
)
"""developer.vonage.com/en/api-errors/sms"""
CLICKSEND = AnswerCheck(
    "data.messages.*.status",
    _accepted("success"),
    verdicts=_codes(
        throttled="TOO_MANY_REQUESTS THROTTLED",
        unavailable="INTERNAL_ERROR",
        unauthorized="INSUFFICIENT_CREDIT UNAUTHORIZED ACCOUNT_NOT_ACTIVATED INVALID_CREDENTIALS",
    ),
    otherwise=REJECTED,
)
SEVEN = _codes(
    throttled="402 403", unavailable="101 600", unauthorized="500 900 901 902 903", rejected="201 202 301 305 401"
)
SMSMANAGER = _codes(unavailable="901 902", unauthorized="103 104 105 109", rejected="101 102 201 202 203 204 205")
"""smsmanager.cz/api/codes: 1xx and 2xx make no sense to repeat, 9xx are trouble of the server."""
SMSC = _codes(throttled="9", unavailable="", unauthorized="2 3 4 6", rejected="1 5 7 8")
AFRICASTALKING = AnswerCheck(
    "SMSMessageData.Recipients.*.statusCode",
    _accepted(100, 101, 102),
    verdicts=_codes(unavailable="407 500 501", unauthorized="405"),
    otherwise=REJECTED,
)
KAVENEGAR = AnswerCheck(
    "return.status",
    _accepted(200),
    error_code="return.status",
    verdicts=_codes(
        throttled="429 451 607",
        unavailable="402 409",
        unauthorized="401 403 407 418 501",
        rejected="411 412 413 414 417",
    ),
    otherwise=REJECTED,
)
VOIPMS = AnswerCheck(
    "status",
    _accepted("success"),
    verdicts=_codes(
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
        _accepted(),
        error_code="errors.*.code",
        verdicts=_codes(throttled="429", unavailable="98 99", unauthorized="2 25", not_found="20"),
        otherwise=REJECTED,
    ),
    AnswerCheck(
        "recipients.items.*.status",
        _accepted("scheduled", "sent", "buffered", "delivered"),
        otherwise=REJECTED,
    ),
)
POSTMARK = AnswerCheck(
    "ErrorCode",
    _accepted(0),
    error_code="ErrorCode",
    verdicts=_codes(throttled="429", unavailable="100", unauthorized="10 400 401 402 405 412"),
    otherwise=REJECTED,
)
"""postmarkapp.com/developer/api/overview#error-codes; 406 is a recipient that has bounced before."""
VIBER = AnswerCheck(
    "status",
    _accepted(0),
    verdicts=_codes(throttled="12 13", unavailable="1", unauthorized="2 4 10", not_found="5 6 8", gone="7"),
    otherwise=REJECTED,
)
INFOBIP = AnswerCheck(
    "messages.*.status.groupName",
    _accepted("pending", "delivered", "accepted"),
    code="name",
    verdicts=_codes(
        throttled="REJECTED_FLOODING_FILTER",
        unavailable="REJECTED_SYSTEM_ERROR",
        unauthorized="REJECTED_NOT_ENOUGH_CREDITS REJECTED_PREPAID_PACKAGE_EXPIRED REJECTED_NETWORK",
    ),
    otherwise=REJECTED,
)
WHATSAPP = AnswerCheck(
    "messages.*.message_status",
    _accepted("accepted", "held_for_quality_assessment", "paused"),
    error_code="error.code",
    verdicts=_codes(
        throttled="4 80007 130429 131048 131056 133016",
        unavailable="1 2 131000 131016 131057",
        unauthorized="0 3 10 190 200 368 131005 131031 131042",
        rejected="100 131008 131009 131026 131047 131051 132000 132001",
    ),
)
FCM = AnswerCheck(
    "results.*.error",
    _accepted(),
    verdicts=_codes(
        throttled="DeviceMessageRateExceeded TopicsMessageRateExceeded",
        unavailable="Unavailable InternalServerError",
        unauthorized="MismatchSenderId InvalidApnsCredential",
        gone="NotRegistered",
    ),
    otherwise=REJECTED,
)
SLACK = replace(
    OK,
    code="error",
    verdicts=_codes(
        throttled="ratelimited rate_limited message_limit_exceeded",
        unavailable="internal_error fatal_error service_unavailable request_timeout team_added_to_org",
        unauthorized=(
            "invalid_auth not_authed account_inactive token_revoked token_expired missing_scope no_permission"
            " org_login_required ekm_access_denied not_allowed_token_type access_denied"
        ),
        not_found="channel_not_found not_in_channel user_not_found users_not_found team_not_found",
        gone="is_archived",
        rejected=(
            "no_text msg_too_long invalid_blocks msg_blocks_too_long restricted_action too_many_attachments"
            " invalid_arguments as_user_not_supported"
        ),
    ),
)
"""docs.slack.dev/reference/methods/chat.postMessage. A hook answers `ok` in plain text."""
AMAZON = TextCheck(
    re.compile(r"<Code>(?P<code>\w+)</Code>"),
    _codes(
        throttled="Throttling ThrottlingException ThrottledException TooManyRequestsException",
        unavailable="InternalFailure InternalError ServiceUnavailable KMSThrottling",
        unauthorized="InvalidClientTokenId SignatureDoesNotMatch AccessDenied AuthorizationError OptInRequired",
        not_found="NotFound",
        gone="EndpointDisabled",
        rejected="MessageRejected InvalidParameter InvalidParameterValue MailFromDomainNotVerified",
    ),
)

CHECKS: Mapping[str, tuple[Check, ...]] = {
    **dict.fromkeys(("tgram", "bale", "zalo"), (TELEGRAM,)),
    "slack": (SLACK,),
    "zulip": (
        AnswerCheck(
            "result",
            _accepted("success"),
            code="code",
            error_code="code",
            verdicts=_codes(
                throttled="RATE_LIMIT_HIT",
                unauthorized="UNAUTHORIZED INVALID_API_KEY USER_DEACTIVATED REALM_DEACTIVATED",
                not_found="STREAM_DOES_NOT_EXIST",
            ),
            otherwise=REJECTED,
        ),
    ),
    **dict.fromkeys(("dingtalk", "wecombot", "wechat"), (replace(ERRCODE_0, verdicts=TENCENT_AND_ALIBABA),)),
    **dict.fromkeys(("feishu", "lark"), (FEISHU, replace(FEISHU, path="StatusCode"))),
    "synology": (
        replace(
            SUCCESS,
            code="error.code",
            verdicts=_codes(
                throttled="411", unavailable="100 106 109 110 111", unauthorized="105 403 404", rejected="101"
            ),
        ),
    ),
    **dict.fromkeys(
        ("rocket", "rockets"),
        (
            replace(
                SUCCESS,
                code="errorType",
                error_code="errorType",
                verdicts=_codes(
                    throttled="error-too-many-requests",
                    not_found="error-room-not-found error-invalid-room",
                    unauthorized="error-not-allowed error-unauthorized",
                    rejected="error-message-size-exceeded",
                ),
            ),
        ),
    ),
    "kook": (replace(CODE_0, verdicts=_codes(throttled="429", unauthorized="401 403", rejected="40000")),),
    **dict.fromkeys(("onebot", "onebots"), (AnswerCheck("status", _accepted("ok", "async")),)),
    **dict.fromkeys(
        ("matrix", "matrixs"),
        (
            AnswerCheck(
                "errcode",
                _accepted(),
                error_code="errcode",
                verdicts=_codes(
                    throttled="M_LIMIT_EXCEEDED",
                    unauthorized="M_FORBIDDEN M_UNKNOWN_TOKEN M_MISSING_TOKEN M_USER_DEACTIVATED",
                    not_found="M_NOT_FOUND",
                    rejected="M_TOO_LARGE M_BAD_JSON M_INVALID_PARAM",
                ),
            ),
        ),
    ),
    **dict.fromkeys(
        ("ncloud", "nclouds", "nctalk", "nctalks"),
        (
            AnswerCheck(
                "ocs.meta.status",
                _accepted("ok"),
                code="statuscode",
                verdicts=_codes(
                    throttled="429", unavailable="996 500 503", unauthorized="997 401 403", not_found="998 404"
                ),
            ),
        ),
    ),
    **dict.fromkeys(
        ("workflow", "workflows"),
        (
            TextCheck(
                re.compile(r"(?i)delivery failed with error(?:.*?HTTP error (?P<code>\d{3}))?"),
                _codes(
                    throttled="429",
                    unavailable="500 502 503 504",
                    unauthorized="401 403",
                    not_found="404",
                    rejected="413",
                ),
            ),
        ),
    ),
    # ---------------------------------------------------------------- text messages
    "twilio": (TWILIO,),
    **dict.fromkeys(("vonage", "nexmo"), (VONAGE,)),
    "clicksend": (CLICKSEND, AnswerCheck("response_code", _accepted("success"), verdicts=CLICKSEND.verdicts)),
    "seven": (
        AnswerCheck("success", _accepted(100, True), verdicts=SEVEN, otherwise=REJECTED),
        TextCheck(re.compile(r"\A\s*(?!100\b)(?P<code>\d{3})\b"), SEVEN, REJECTED),
    ),
    "msg91": (AnswerCheck("type", _accepted("success"), code="code", otherwise=REJECTED),),
    **dict.fromkeys(
        ("smsmanager", "smsmgr"), (TextCheck(re.compile(r"\A\s*ERROR\|(?P<code>\d+)"), SMSMANAGER, REJECTED),)
    ),
    "smsc": (
        AnswerCheck("error_code", _accepted(0), verdicts=SMSC, otherwise=REJECTED),
        TextCheck(re.compile(r"\A\s*ERROR = (?P<code>\d+)"), SMSC, REJECTED),
    ),
    "atalk": (AFRICASTALKING,),
    "bulksms": (
        AnswerCheck("*.status.type", _accepted("accepted", "scheduled", "sent", "delivered"), otherwise=REJECTED),
    ),
    "bulkvs": (AnswerCheck("Results.*.Status", _accepted("success", "queued"), otherwise=REJECTED),),
    **dict.fromkeys(
        ("burstsms", "kudosity"),
        (
            AnswerCheck(
                "error.code",
                _accepted("success"),
                error_code="error.code",
                verdicts=_codes(
                    throttled="OVER_LIMIT",
                    unavailable="INTERNAL_ERROR",
                    unauthorized="AUTH_FAILED LEDGER_ERROR NO_ACCESS",
                ),
                otherwise=REJECTED,
            ),
        ),
    ),
    "clickatell": (AnswerCheck("messages.*.accepted", _accepted(True), code="error.code", otherwise=REJECTED),),
    "cm": (
        AnswerCheck(
            "errorCode",
            _accepted(0),
            verdicts=_codes(unavailable="999", unauthorized="101 103 402"),
            otherwise=REJECTED,
        ),
        AnswerCheck(
            "messages.*.messageErrorCode", _accepted(0), verdicts=_codes(unavailable="999"), otherwise=REJECTED
        ),
    ),
    "d7sms": (AnswerCheck("status", _accepted("accepted", "success"), code="detail.code", otherwise=REJECTED),),
    **dict.fromkeys(("46elks", "elks"), (AnswerCheck("status", _accepted("created", "sent", "delivered")),)),
    "gupshup": (AnswerCheck("status", _accepted("submitted", "success"), code="message", otherwise=REJECTED),),
    "httpsms": (AnswerCheck("status", _accepted("success"), otherwise=REJECTED),),
    "infobip": (INFOBIP,),
    "kavenegar": (KAVENEGAR,),
    "msgbird": MESSAGEBIRD,
    "octopush": (
        AnswerCheck(
            "error_code",
            _accepted(0, "000"),
            verdicts=_codes(unauthorized="101 102 103 104 105 150", rejected="120 121 122 123 124 125 126"),
            otherwise=REJECTED,
        ),
    ),
    "serwersms": (
        AnswerCheck(
            "error.code",
            _accepted(),
            verdicts=_codes(unauthorized="1001 1002 1003 3000 3001 3002 3003"),
            otherwise=REJECTED,
        ),
        replace(SUCCESS, otherwise=REJECTED),
    ),
    "sfr": (replace(SUCCESS, code="errorCode"),),
    **dict.fromkeys(
        ("smseagle", "smseagles"),
        (
            TextCheck(re.compile(r"\A\s*(?P<code>wrong|invalid)[\w ]*|\"result\":\s*\"ERROR"), otherwise=REJECTED),
            AnswerCheck("*.status", _accepted("queued", "ok")),
        ),
    ),
    "telesign": (
        AnswerCheck(
            "status.code",
            _accepted(200, 203, 290, 291, 292, 295),
            verdicts=_codes(
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
    # ---------------------------------------------------------------- mail
    "ses": (AMAZON,),
    "postmark": (POSTMARK, replace(POSTMARK, path="*.ErrorCode", error_code="*.ErrorCode")),
    "sparkpost": (
        AnswerCheck("results.total_rejected_recipients", _accepted(0), otherwise=REJECTED),
        AnswerCheck("errors.*.code", _accepted(), verdicts=_codes(throttled="420 429"), otherwise=REJECTED),
    ),
    "smtp2go": (
        AnswerCheck(
            "data.error_code",
            _accepted(""),
            verdicts=_codes(
                throttled="E_ApiResponseCodes.RATE_LIMITED",
                unauthorized="E_ApiResponseCodes.API_KEY_INVALID E_ApiResponseCodes.ENDPOINT_PERMISSION_DENIED",
            ),
            otherwise=REJECTED,
        ),
        AnswerCheck("data.failed", _accepted(0), otherwise=REJECTED),
    ),
    "sendpulse": (AnswerCheck("result", _accepted(True), code="error_code", otherwise=REJECTED),),
    # ---------------------------------------------------------------- push services
    "pover": (AnswerCheck("status", _accepted(1), code="errors.*", otherwise=REJECTED),),
    "join": (replace(SUCCESS, code="errorMessage", verdicts=_codes(unauthorized="userAuthError")),),
    **dict.fromkeys(
        ("bark", "barks"),
        (
            replace(
                CODE_200,
                verdicts=_codes(
                    throttled="429", unavailable="500 502 503", unauthorized="401 403", not_found="404", rejected="400"
                ),
            ),
        ),
    ),
    "schan": (
        replace(CODE_0, verdicts=_codes(throttled="40302 40003", unauthorized="40001 40002"), otherwise=REJECTED),
    ),
    **dict.fromkeys(
        ("pushplus", "wecom"),
        (
            replace(
                CODE_200,
                verdicts=_codes(
                    throttled="900 905 999",
                    unavailable="500 600",
                    unauthorized="401 403 903 907",
                    rejected="302 400 805 888 893",
                ),
            ),
        ),
    ),
    **dict.fromkeys(("pushdeer", "pushdeers"), (replace(CODE_0, verdicts=_codes(unauthorized="80403")),)),
    "pushme": (TextCheck(re.compile(r"\A(?!\s*success)\s*(?P<code>\S.*)"), otherwise=REJECTED),),
    "wpush": (replace(CODE_0, verdicts=_codes(throttled="429", unauthorized="401 403"), otherwise=REJECTED),),
    "wxpusher": (
        AnswerCheck(
            "code",
            _accepted(1000),
            verdicts=_codes(throttled="1006", unavailable="1005", unauthorized="1002 1003", rejected="1001"),
        ),
        AnswerCheck("data.*.code", _accepted(1000), verdicts=_codes(unavailable="1005"), otherwise=REJECTED),
    ),
    "spugpush": (replace(CODE_200, verdicts=_codes(throttled="429", unauthorized="401 403", not_found="204 404")),),
    "qq": (SUCCESS, CODE_0),
    "psafer": (AnswerCheck("status", _accepted(1), otherwise=REJECTED),),
    **dict.fromkeys(("simplepush", "spush"), (AnswerCheck("status", _accepted("ok"), code="errorType"),)),
    "notifiarr": (AnswerCheck("result", _accepted("success"), code="details.code"),),
    "onesignal": (AnswerCheck("errors", _accepted("[]"), otherwise=REJECTED),),
    "pushy": (
        replace(
            SUCCESS,
            code="code",
            error_code="code",
            verdicts=_codes(
                throttled="RATE_LIMIT_EXCEEDED", unauthorized="INVALID_API_KEY PLAN_EXPIRED ACCOUNT_SUSPENDED"
            ),
        ),
    ),
    "fcm": (FCM,),
    **dict.fromkeys(("gorush", "gorushs"), (AnswerCheck("success", _accepted("ok", True)),)),
    "prowl": (
        TextCheck(
            re.compile(r"<error code=\"(?P<code>\d+)\""),
            _codes(throttled="406", unavailable="500", unauthorized="401 409", rejected="400"),
        ),
    ),
    "viber": (VIBER,),
    "line": (
        AnswerCheck("status", _accepted(200), verdicts=_codes(throttled="429", unauthorized="401", rejected="400")),
    ),
    "kakao": (AnswerCheck("result_code", _accepted(0)),),
    **dict.fromkeys(("kodi", "kodis", "xbmc", "xbmcs"), (AnswerCheck("error.code", _accepted(), otherwise=REJECTED),)),
    **dict.fromkeys(
        ("tweet", "twitter", "x"),
        (
            AnswerCheck(
                "errors.*.code",
                _accepted(),
                error_code="errors.*.code",
                verdicts=_codes(
                    throttled="88 185 429",
                    unavailable="130 131",
                    unauthorized="32 64 89 99 135 215 326",
                    not_found="34 50",
                    rejected="186 187 349 354",
                ),
            ),
        ),
    ),
    # ---------------------------------------------------------------- incidents
    "pagerduty": (
        AnswerCheck(
            "status",
            _accepted("success"),
            verdicts=_codes(throttled="throttle_exceeded"),
            otherwise=REJECTED,
        ),
    ),
    **dict.fromkeys(("splunk", "victorops"), (AnswerCheck("result", _accepted("success"), otherwise=REJECTED),)),
    **dict.fromkeys(("humhub", "humhubs"), (replace(CODE_200, otherwise=REJECTED),)),
    "discord": (
        AnswerCheck(
            "code",
            _accepted(0),
            error_code="code",
            verdicts=_codes(
                throttled="20028 20016 40062 130000",
                not_found="10003 10015",
                unauthorized="40001 50001 50013",
                rejected="50006 50035",
            ),
        ),
    ),
}
"""By Apprise's name of the service."""
