"""The `reply` of a source: the templates in its body can be compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.config.sections import Entry
from gateway.errors import TemplateFailed
from gateway.messages.plain import compile_plain
from gateway.model import Problem


def check_reply(entry: Entry) -> Iterator[Problem]:
    reply = entry.value.get("reply", {})
    if "body" not in reply:
        return
    waiting: list[tuple[tuple[str | int, ...], Any]] = [(("reply", "body"), reply["body"])]
    while waiting:
        rest, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*rest, key), child) for key, child in value.items()]
        elif isinstance(value, list):
            waiting += [((*rest, number), child) for number, child in enumerate(value)]
        elif isinstance(value, str):
            try:
                compile_plain(value)
            except TemplateFailed as exc:
                yield entry.problem(rest, str(exc))
