"""The template of a message for one target: the catalogue's, with the changes for its kind of service and for the
route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from gateway.model import MessageChanges, MessageTemplate

PARTS = ("title", "body", "link", "link_label", "facts", "short")


@lru_cache(maxsize=16_384)
def template_for(template: MessageTemplate, of_route: MessageChanges | None, names: Sequence[str]) -> MessageTemplate:
    """*template* for a target that has the *names*, listed from the most general to the most specific.

    The more specific wins: `for` over the rest, a later name over an earlier one, the route over the catalogue.
    """
    changed = replace(_with_variants(template, template.variants, names), variants=())
    if of_route is None:
        return changed
    return _with_variants(_changed(changed, of_route), of_route.variants, names)


def _with_variants(
    template: MessageTemplate, variants: Sequence[tuple[str, MessageChanges]], names: Sequence[str]
) -> MessageTemplate:
    by_name = dict(variants)
    for name in names:
        if name in by_name:
            template = _changed(template, by_name[name])
    return template


def _changed(template: MessageTemplate, changes: MessageChanges) -> MessageTemplate:
    parts = {part: value for part in PARTS if (value := getattr(changes, part)) is not None}
    return replace(template, **parts)
