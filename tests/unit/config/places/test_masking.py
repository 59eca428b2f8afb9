"""A recipient is shown so that whoever knows it recognises it, and nobody else can use it."""

from __future__ import annotations

import pytest

from gateway.config.places.masking import SHOWN, mask_recipient
from tests.support.recipients import CASES


@pytest.mark.parametrize(
    ("recipient", "masked"),
    [
        ("+15550104567", "...4567"),
        ("+1 (555) 010-4567", "...4567"),
        ("w:+15550104567", "...4567"),
        ("ana@example.com", "a...@example.com"),
        ("a@example.com", "...@example.com"),
        ("Ana Lopez <ana@example.com>", "a...@example.com"),
        ("josé@bücher.example", "j...@bücher.example"),
        ("#general", "#g..."),
        ("@ana", "@a..."),
        ("!abcdef:matrix.example.com", "!a..."),
        ("noc", "n..."),
        ("x", "..."),
        ("", "..."),
        ("0123456789abcdef0123456789abcdef", "...cdef"),
    ],
)
def test_a_recipient_is_masked_and_recognisable(recipient: str, masked: str) -> None:
    assert mask_recipient(recipient) == masked


@pytest.mark.parametrize("recipient", sorted({text for case in CASES for text in (*case.right, *case.wrong)}))
def test_no_mask_is_of_use(recipient: str) -> None:
    local, _, domain = recipient.rpartition("@")
    shown = mask_recipient(recipient).removesuffix(domain if local else "").replace("...", "")
    assert len(shown) <= SHOWN + 1
    assert recipient not in mask_recipient(recipient)
