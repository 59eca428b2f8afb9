"""Checks the names and globs with which routes and sources refer to the catalogue: each must match something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.config.names import Names, is_glob
from gateway.config.sections import Entry
from gateway.model import Catalog, Problem
from gateway.quoting import quote

NO_FACTS: Mapping[str, str] = {}


def check_patterns(
    entry: Entry, key: str, names: Names, what: str, facts: Mapping[str, str] = NO_FACTS
) -> Iterator[Problem]:
    """Names and globs in *entry* that match none of *names*. *facts* maps event types that look like a notification to
    a notification that each of them feeds."""
    for number, pattern in enumerate(entry.value[key]):
        fact = next((name for name in (pattern, pattern.rpartition(".")[0]) if name in facts), None)
        if fact:
            message = f"{fact!r} is a fact, which nobody is notified of"
            yield entry.problem((key, number), message, f"name a notification that it feeds: {facts[fact]!r}")
        elif not names.expand(pattern):
            message = f"{quote(pattern)} matches no {what}" if is_glob(pattern) else f"unknown {what} {quote(pattern)}"
            yield entry.problem((key, number), message, names.suggest(pattern))


def facts_by_name(catalog: Catalog) -> Mapping[str, str]:
    """For each fact, the first notifications that it feeds, by the names that routes use."""
    fed = {}
    for event_type in catalog.events.values():
        if event_type.is_fact:
            first = next(iter(catalog.reactions.get(event_type.name, ())), None)
            fed[event_type.name] = (first.notification or f"{first.event_type}.*") if first else "*"
    return fed
