"""What `gateway/sending/transport/smtp_session.py` relies on in smtplib beyond its documentation."""

from __future__ import annotations

import inspect
import smtplib
import socket
from typing import Any

import pytest


class Scripted(smtplib.SMTP):
    """A client whose server answers from a list."""

    def __init__(self, replies: list[tuple[int, bytes]]) -> None:
        self.replies, self.commands = replies, list[str]()
        super().__init__(local_hostname="here")

    def putcmd(self, cmd: str, args: str = "") -> None:
        self.commands.append(f"{cmd} {args}".strip())

    def getreply(self) -> tuple[int, bytes]:
        return self.replies.pop(0)


def test_connect_opens_its_socket_by_a_method_that_we_replace() -> None:
    opened: list[tuple[str, int]] = []

    class Client(smtplib.SMTP):
        def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
            opened.append((host, port))
            raise OSError("far enough")

    with pytest.raises(OSError, match="far enough"):
        Client(local_hostname="here").connect("mail.example", 25)
    assert opened == [("mail.example", 25)]


def test_starttls_checks_the_name_in_an_attribute_that_we_set() -> None:
    assert "self._host" in inspect.getsource(smtplib.SMTP.starttls)


def test_a_login_calls_auth_with_an_object_that_answers_challenges() -> None:
    client = Scripted([(250, b"here\nAUTH PLAIN"), (235, b"yes")])
    calls: list[tuple[str, str]] = []

    def auth(mechanism: str, authobject: Any, *, initial_response_ok: bool = True) -> tuple[int, bytes]:
        calls.append((mechanism, authobject()))
        return 235, b"yes"

    client.auth = auth  # type: ignore[method-assign, assignment]
    client.login("ana", "pässwört")
    assert calls == [("PLAIN", "\0ana\0pässwört")]


def test_smtputf8_changes_the_encoding_of_commands_in_an_attribute() -> None:
    client = Scripted([(250, b"here\nSMTPUTF8"), (250, b"ok")])
    client.ehlo()
    client.mail("bøt@example.com", ["SMTPUTF8"])
    assert client.command_encoding == "utf-8"
