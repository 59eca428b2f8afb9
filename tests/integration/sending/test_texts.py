"""Texts of people arrive whole: their URLs, their joined emoji and letters, whatever the markup of the service."""

from __future__ import annotations

from html import unescape

import pytest

from gateway.messages.escaping import escape
from gateway.messages.invisible import WORD_JOINER
from gateway.model import Message, Severity
from tests.support.receivers import Authority, TlsReceiver
from tests.support.senders import Build, by
from tests.support.strict_providers import PROVIDERS, Provider

URLS = [
    "https://kibana.example/app/kibana#/discover?_g=()&_a=(x:1)",
    "https://wiki.example/_layouts/15/a.aspx",
    "https://files.example/*/a_b_c/**x**/~~y~~/z",
    "https://medium.example/@ana/a-post",
    "http://host.example:8080/a%20b?x=[1]&y=|z|&z='q'!",
    "https://x.example/?a=1&copy=2&lt=3",
    "www.example.com/_a_/b",
]
JOINED = [
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u0915\u094d\u200d\u0937",
    "\u2764\ufe0f\u200d\U0001f525",
]
HIDDEN = "a\u202eb\u2066c\u200bd\u2060e\ufefff p\u200cay\U000e0041"


@pytest.mark.parametrize("provider", PROVIDERS, ids=str)
def test_texts_of_people_arrive_whole(provider: Provider, build: Build, authority: Authority) -> None:
    texts = [*(f"see {url}, or ({url})." for url in URLS), *JOINED, HIDDEN]
    target = by(provider.service, dict(provider.fields), provider.recipient)
    with TlsReceiver(authority, provider.host, answer=provider.answer) as receiver:
        sender = build(receiver.resolve)
        for text in texts:
            assert sender.send(target, Message("T", escape(text), Severity.INFO), "d").is_delivered
        requests = [request for request in receiver.requests if provider.is_message(request)]
    has_entities = provider.service in ("slack", "gchat")
    shown = [unescape(provider.text(request)) if has_entities else provider.text(request) for request in requests]
    for url, text in zip(URLS, shown, strict=False):
        assert text.count(url) == 2, text
    for joined, text in zip(JOINED, shown[len(URLS) :], strict=False):
        assert joined in text
    assert "abcdef pay" in shown[-1].replace(WORD_JOINER, "")
