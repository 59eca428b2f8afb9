"""Presence over HTTP: sessions that live as long as they are reported, and the four chat rows that ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.store import keys
from tests.integration.web.conftest import LANES, Served, served_over
from tests.support.http_client import HttpClient

ROUTES = """
sources:
  chat: {events: ["chat.*"], scopes: [events:write, "presence:write"], tokens: ["sha256:SECRET"]}
  rmm: {events: ["rmm_alert.*"], tokens: ["sha256:OTHER"]}
providers: {email: {service: inbox}, slack: {service: inbox}}
people:
  ana: {identities: [ana@example.com, "chat:1834"], contacts: {email: ana@example.com, slack: ana}}
  bob: {contacts: {email: bob@example.com, slack: bob}}
groups: {desk: [ana, bob]}
routes:
  - {name: away, notify: [chat.*.offline], to: ["group:desk"], via: [email]}
  - {name: here, notify: [chat.*.online], to: ["group:desk"], via: [slack]}
"""
SECRET = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
OTHER = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
"""SHA-256 of `secret` and `other`."""
TOKEN = "secret"
TYPES = ["chat.message_unassigned", "chat.message_unread"]


class Chat:
    """A chat application that reports presence and posts messages."""

    def __init__(self, client: HttpClient) -> None:
        self.client = client

    def call(self, method: str, path: str, token: str = TOKEN, **more: Any) -> Any:
        return self.client.open(path, method, {"Authorization": f"Bearer {token}"}, **more)

    def put(self, person: str, session: str = "tab", ttl: str = "60s") -> Any:
        return self.call("PUT", f"/v1/presence/{person}?session={session}&ttl={ttl}")

    def online(self) -> list[str]:
        return [one["person"] for one in self.call("GET", "/v1/presence").json["online"]]

    def told(self, type: str) -> list[str]:
        data = {"chat": {"id": "c-1"}, "message": {"body": "Hello"}}
        answer = self.call("POST", "/v1/events", json={"type": type, "data": data})
        assert answer.status_code == 202, answer.json
        return sorted(one["target"] for one in answer.json["deliveries"])


def write(folder: Path) -> Path:
    (folder / "routes").mkdir(parents=True)
    (folder / "routes" / "all.yaml").write_text(ROUTES.replace("SECRET", SECRET).replace("OTHER", OTHER))
    return folder


@pytest.fixture(scope="module", params=LANES)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served_over(request.param, write) as served:
        yield served


@pytest.fixture
def chat(client: HttpClient) -> Chat:
    return Chat(client)


@pytest.mark.parametrize("type", TYPES)
def test_the_chat_rows_follow_presence(chat: Chat, type: str) -> None:
    assert chat.told(type) == ["ana/email", "bob/email"]
    assert chat.put("ana").status_code == 200
    assert chat.told(type) == ["ana/slack", "bob/email"]
    explained = chat.call(
        "POST", "/v1/explain", json={"type": type, "data": {"chat": {"id": "c"}, "message": {"body": "x"}}}
    )
    assert sorted(one["target"] for one in explained.json["deliveries"]) == ["ana/slack", "bob/email"]


def test_a_person_is_online_until_the_last_of_their_tabs_is_closed(chat: Chat) -> None:
    chat.put("ana", "one")
    chat.put("ana", "two")
    assert chat.call("DELETE", "/v1/presence/ana?session=one").json == {"person": "ana", "ended": 1, "online": True}
    assert chat.online() == ["ana"]
    assert chat.call("DELETE", "/v1/presence/ana?session=two").json == {"person": "ana", "ended": 1, "online": False}
    assert chat.online() == []


def test_without_a_session_all_of_the_source_end(chat: Chat) -> None:
    for tab in ("one", "two", "three"):
        chat.put("ana", tab)
    assert chat.call("DELETE", "/v1/presence/ana").json == {"person": "ana", "ended": 3, "online": False}


def test_a_session_ends_by_itself(chat: Chat, served: Served) -> None:
    chat.put("ana", ttl="1s")
    chat.put("bob", ttl="1h")
    assert chat.online() == ["ana", "bob"]
    with redis.Redis.from_url(served.redis_url) as client:
        while client.exists(keys.presence_of("ana")):
            pass
    assert chat.online() == ["bob"]


@pytest.mark.parametrize("name", ["ana", "ANA@example.com", "1834", "chat%3A1834"])
def test_a_person_is_known_by_name_and_by_identity(chat: Chat, name: str) -> None:
    assert chat.put(name).json["person"] == "ana"


def test_the_oldest_session_goes_when_there_are_too_many(chat: Chat, served: Served) -> None:
    for number in range(60):
        chat.put("ana", f"tab{number}")
    with redis.Redis.from_url(served.redis_url) as client:
        assert client.zcard(keys.presence_of("ana")) == 50


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("PUT", "/v1/presence/ana", "other", 403),
        ("GET", "/v1/presence", "other", 403),
        ("PUT", "/v1/presence/ana", "nobody", 401),
        ("PUT", "/v1/presence/zoe", "secret", 404),
        ("PUT", "/v1/presence/ana?ttl=0s", "secret", 400),
        ("PUT", "/v1/presence/ana?ttl=2h", "secret", 400),
        ("PUT", "/v1/presence/ana?ttl=soon", "secret", 400),
        ("PUT", "/v1/presence/ana?session=", "secret", 400),
        ("PUT", f"/v1/presence/ana?session={'x' * 256}", "secret", 400),
        ("PUT", "/v1/presence/ana?tab=1", "secret", 400),
        ("POST", "/v1/presence/ana", "secret", 405),
    ],
)
def test_what_cannot_be_is_refused(chat: Chat, method: str, path: str, token: str, status: int) -> None:
    answer = chat.call(method, path, token)
    assert (answer.status_code, answer.json["status"]) == (status, status)
