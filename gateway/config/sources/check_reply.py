"""Checks the `reply` of a source: the templates in its body must compile."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config.sections import Entry, parts
from gateway.errors import TemplateFailed
from gateway.messages.plain import compile_plain
from gateway.model import Problem


def check_reply(entry: Entry) -> Iterator[Problem]:
    for subpath, value in parts(entry.value.get("reply", {}).get("body")):
        if isinstance(value, str):
            try:
                compile_plain(value)
            except TemplateFailed as exc:
                yield entry.problem(("reply", "body", *subpath), str(exc))
