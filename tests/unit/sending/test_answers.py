"""An answer with status 200 may say no; what another attempt can help with is told from what it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model import FailureReason as Reason
from gateway.sending.answers import AnswerCheck, TextCheck, find_refusal, find_verdict
from gateway.sending.provider_answers import CHECKS
from gateway.sending.services import AppriseServices
from gateway.sending.traits import traits_of
from tests.support.refusals import GUESSED, NO, YES, body_of


@pytest.mark.parametrize(("service", "answer", "reason", "is_permanent"), NO)
def test_a_no_is_known_by_the_services_own_rules(service: str, answer: Any, reason: Reason, is_permanent: bool) -> None:
    refusal = find_refusal(traits_of(service).answer_checks, body_of(answer))
    assert refusal is not None
    assert (refusal.reason, refusal.is_permanent, refusal.is_guess) == (reason, is_permanent, False)


@pytest.mark.parametrize(("service", "answer"), GUESSED)
def test_a_no_in_the_usual_words_is_a_guess_and_tried_again(service: str, answer: Any) -> None:
    refusal = find_refusal(traits_of(service).answer_checks, body_of(answer))
    assert refusal is not None
    assert (refusal.reason, refusal.is_permanent, refusal.is_guess) == (Reason.REFUSED, False, True)


@pytest.mark.parametrize(("service", "answer"), YES)
def test_a_yes_is_a_yes(service: str, answer: Any) -> None:
    assert find_refusal(traits_of(service).answer_checks, body_of(answer)) is None


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000])
def test_any_body_is_judged_without_an_error(body: bytes) -> None:
    for checks in (*CHECKS.values(), ()):
        find_refusal(checks, body)
        find_verdict(checks, body)


def test_at_least_thirty_services_have_rules_of_their_own() -> None:
    assert {service for service, *_ in NO} <= CHECKS.keys()
    assert len({service for service, *_ in NO}) >= 30
    assert CHECKS.keys() <= AppriseServices().names()


def test_codes_are_written_as_they_are_looked_up() -> None:
    for checks in CHECKS.values():
        for check in checks:
            assert all(code == code.casefold() for code in check.verdicts)
            if isinstance(check, AnswerCheck):
                assert all(value == value.casefold() for value in check.accepted)
            if isinstance(check, TextCheck):
                assert "code" in check.refused.groupindex


@pytest.mark.parametrize(
    ("service", "answer", "verdict"),
    [
        ("twilio", {"code": 30001, "message": "Queue overflow"}, (Reason.THROTTLED, False)),
        ("twilio", {"code": 21211, "message": "not valid"}, (Reason.REJECTED, True)),
        ("twilio", {"code": 20003}, (Reason.UNAUTHORIZED, True)),
        ("whatsapp", {"error": {"code": 130429}}, (Reason.THROTTLED, False)),
        ("ses", "<Code>Throttling</Code>", (Reason.THROTTLED, False)),
        ("discord", {"code": 10015, "message": "Unknown Webhook"}, (Reason.NOT_FOUND, True)),
        ("twilio", {"code": 99999}, None),
        ("json", {"code": 30001}, None),
    ],
)
def test_a_code_says_more_than_a_status_of_failure(service: str, answer: Any, verdict: Any) -> None:
    assert find_verdict(traits_of(service).answer_checks, body_of(answer)) == verdict


def test_a_refusal_says_what_the_service_said() -> None:
    body = body_of({"messages": [{"status": "4", "error-text": "Bad Credentials"}]})
    refusal = find_refusal(traits_of("vonage").answer_checks, body)
    assert refusal is not None
    assert refusal.explanation == "4, Bad Credentials"
