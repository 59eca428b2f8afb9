"""JSON whose texts are templates: what a sender is answered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gateway.errors import TemplateFailed
from gateway.messages.budget import limited
from gateway.messages.filters.table import LOOKUPS, NOW, ZONE
from gateway.messages.sandbox import compile_template
from gateway.messages.templates import TITLE_SANDBOX, Part

MAX_CHARACTERS = 10_000
"""Of one text."""


@lru_cache(maxsize=1_024)
def compile_text(template: str) -> Part:
    """Raises: TemplateFailed, with what is wrong or not allowed."""
    return compile_template(TITLE_SANDBOX, template)


def render_json(template: Any, context: Mapping[str, Any]) -> Any:
    """*template* with each of its texts rendered, at any depth. Raises: TemplateFailed."""
    names = {**context, ZONE: None, NOW: None, LOOKUPS: {}}
    try:
        with limited():
            return _render(template, names)
    except TemplateFailed:
        raise
    except Exception as exc:  # a filter may raise anything when it gets an argument it is not made for
        raise TemplateFailed(f"the template does not fit: {type(exc).__name__}") from exc


def _render(template: Any, names: dict[str, Any]) -> Any:
    match template:
        case dict():
            return {key: _render(value, names) for key, value in template.items()}
        case list():
            return [_render(value, names) for value in template]
        case str():
            return "".join(compile_text(template)(names))[:MAX_CHARACTERS]
    return template
