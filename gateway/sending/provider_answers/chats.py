"""How chats and rooms refuse a message in an answer with a success status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gateway.sending.answers import REJECTED, AnswerCheck, Check, TextCheck
from gateway.sending.provider_answers.rules import CODE_0, ERRCODE_0, OK, SUCCESS, accepted, codes

TELEGRAM = replace(
    OK,
    code="error_code",
    error_code="error_code",
    verdicts=codes(
        throttled="429", unavailable="500 502 503 504", unauthorized="401 403", not_found="404", rejected="400 413"
    ),
)
TENCENT_AND_ALIBABA = codes(
    throttled="45009 45033 130101 660026 88",
    unavailable="-1 9001 9002 9003 300004",
    unauthorized="40001 40014 42001 310000 300005 301002 301003 60020",
    not_found="93000 93004 300001 81013",
    rejected="40008 40035 40058 44004 45002 400101 400102 400103",
)
"""WeCom (developer.work.weixin.qq.com/document/path/90313) and DingTalk (open.dingtalk.com, custom robots)."""
FEISHU = AnswerCheck(
    "code",
    accepted(0),
    verdicts=codes(
        throttled="9499 11232 99991400",
        unavailable="19006 99991663",
        unauthorized="19021 19022 19024",
        not_found="19001",
    ),
    otherwise=REJECTED,
)
SLACK = replace(
    OK,
    code="error",
    verdicts=codes(
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

CHECKS: Mapping[str, tuple[Check, ...]] = {
    **dict.fromkeys(("tgram", "bale", "zalo"), (TELEGRAM,)),
    "slack": (SLACK,),
    "zulip": (
        AnswerCheck(
            "result",
            accepted("success"),
            code="code",
            error_code="code",
            verdicts=codes(
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
            verdicts=codes(
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
                verdicts=codes(
                    throttled="error-too-many-requests",
                    not_found="error-room-not-found error-invalid-room",
                    unauthorized="error-not-allowed error-unauthorized",
                    rejected="error-message-size-exceeded",
                ),
            ),
        ),
    ),
    "kook": (replace(CODE_0, verdicts=codes(throttled="429", unauthorized="401 403", rejected="40000")),),
    **dict.fromkeys(("onebot", "onebots"), (AnswerCheck("status", accepted("ok", "async")),)),
    **dict.fromkeys(
        ("matrix", "matrixs"),
        (
            AnswerCheck(
                "errcode",
                accepted(),
                error_code="errcode",
                verdicts=codes(
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
                accepted("ok"),
                code="statuscode",
                verdicts=codes(
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
                codes(
                    throttled="429",
                    unavailable="500 502 503 504",
                    unauthorized="401 403",
                    not_found="404",
                    rejected="413",
                ),
            ),
        ),
    ),
}
