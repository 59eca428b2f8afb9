"""What is said of paths that no example has."""

from __future__ import annotations

import pytest

from gateway.mapping.focus import Focus
from gateway.mapping.known import unknown_paths
from gateway.model import Payload
from tests.unit.mapping.test_apply import mapping

BODY = {"alerts": [{"labels": {"host": "a"}}, {"labels": {"zone": "b"}}]}


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("alerts.labels.hots", "alerts.labels.host"),  # of any element
        ("alerts.labels.zoen", "alerts.labels.zone"),
        ("alerts.lables.host", "alerts.labels.host"),
        ("alerts.1.labels.zoen", "alerts.1.labels.zone"),  # of the second one
        ("body.alerts.labels.hots", "body.alerts.labels.host"),
    ],
)
def test_a_misspelled_step_is_compared_with_the_keys_beside_it(path: str, meant: str) -> None:
    (rule,) = mapping(f"{{when: {{{path}: a}}, ignore: x}}").rules
    hints = [hint for _, _, hint in unknown_paths(rule, [Focus(Payload(BODY), BODY)], is_shown=True)]
    assert hints == [f"did you mean {meant!r}?"]
