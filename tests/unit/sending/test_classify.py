from __future__ import annotations

import pytest

from gateway.model import FailureReason as Reason
from gateway.sending import classify
from gateway.sending.transport.faults import Fault

RETRIED = {408, 425, 429, 500, 502, 503, 504, *range(506, 600)}
NAMED = {
    401: Reason.UNAUTHORIZED,
    403: Reason.UNAUTHORIZED,
    404: Reason.NOT_FOUND,
    408: Reason.TIMEOUT,
    410: Reason.GONE,
    425: Reason.UNAVAILABLE,
    429: Reason.THROTTLED,
}


@pytest.mark.parametrize("status", range(200, 600))
def test_every_http_status_has_its_outcome(status: int) -> None:
    reason, is_permanent = classify.classify_http(status)
    if status < 300:
        assert (reason, is_permanent) == (None, False)
    elif status < 400:
        assert (reason, is_permanent) == (Reason.REDIRECTED, True)
    else:
        expected = NAMED.get(status) or (Reason.UNAVAILABLE if status in RETRIED else Reason.REJECTED)
        assert (reason, is_permanent) == (expected, status not in RETRIED)


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 431, 451, 501, 505]
)
def test_what_the_promise_names_as_final_is_final(status: int) -> None:
    assert classify.classify_http(status)[1]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, *range(520, 600)])
def test_what_the_promise_names_as_retried_is_retried(status: int) -> None:
    reason, is_permanent = classify.classify_http(status)
    assert reason is not None
    assert not is_permanent


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.TIMEOUT, (Reason.TIMEOUT, False)),
        (Fault.CONNECTION, (Reason.CONNECTION, False)),
        (Fault.TLS, (Reason.TLS, False)),
        (Fault.CERTIFICATE, (Reason.TLS, False)),
        (Fault.FORBIDDEN, (Reason.ADDRESS, True)),
        (Fault.MALFORMED, (Reason.ADDRESS, True)),
        (Fault.UNSUPPORTED, (Reason.ADDRESS, True)),
    ],
)
def test_every_fault_has_its_outcome(fault: Fault, expected: tuple[Reason, bool]) -> None:
    assert classify.FAULTS[fault] == expected
    assert set(classify.FAULTS) == set(Fault)


@pytest.mark.parametrize("code", range(200, 600))
def test_every_smtp_code_has_its_outcome(code: int) -> None:
    reason, is_permanent = classify.classify_smtp(code)
    if code < 400:
        assert (reason, is_permanent) == (None, False)
    elif code < 500:
        assert (reason, is_permanent) == (Reason.UNAVAILABLE, False)
    else:
        expected = Reason.UNAUTHORIZED if code in (530, 534, 535, 538) else Reason.REJECTED
        assert (reason, is_permanent) == (expected, True)


def test_a_reply_that_is_no_smtp_code_is_tried_again() -> None:
    assert classify.classify_smtp(-1) == (Reason.UNAVAILABLE, False)
