"""JSON whose texts are templates: the answers to senders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.messages.plain import render_plain


def render_json(template: Any, names: Mapping[str, Any], now: datetime) -> Any:
    """*template* with each of its texts rendered, at any depth. Raises: TemplateFailed."""
    match template:
        case dict():
            return {key: render_json(value, names, now) for key, value in template.items()}
        case list():
            return [render_json(value, names, now) for value in template]
        case str():
            return render_plain(template, names, UTC, now)
    return template
