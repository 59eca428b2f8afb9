"""Subjects: the customer and what happened, on one line."""

from __future__ import annotations

import pytest

from gateway.messages.mail.subject import subject_of
from gateway.model import Message, Severity


@pytest.mark.parametrize(
    ("title", "customer", "subject"),
    [
        ("#10482 is Resolved", "Keller & Sons", "Keller & Sons: #10482 is Resolved"),
        ("Keller & Sons: #10482 is Resolved", "Keller & Sons", "Keller & Sons: #10482 is Resolved"),
        ("Keller: #10482 is Resolved", "Keller & Sons", "Keller: #10482 is Resolved"),
        ("KELLER-DC01 is offline", "Keller & Sons", "Keller & Sons: KELLER-DC01 is offline"),
        ("The disk is full", "The Dental Group", "The Dental Group: The disk is full"),
        ("SMS credits have run out", "", "SMS credits have run out"),
        ("a\r\nBcc: evil@x.example", "b\nc", "b c: a Bcc: evil@x.example"),
    ],
)
def test_a_subject_names_the_customer_once(title: str, customer: str, subject: str) -> None:
    assert subject_of(Message(title, "", Severity.INFO, customer=customer)) == subject


def test_a_subject_keeps_to_its_length() -> None:
    subject = subject_of(Message("t" * 5000, "", Severity.INFO, customer="c" * 5000))
    assert len(subject) == 200
    assert subject.startswith("c" * 39 + "\u2026: ttt")
