"""Message templates: Jinja in a sandbox, rendered from an event as Markdown.

A template reads dotted paths into the event and nothing else: no calls, no assignments, no
includes. A path leads through JSON objects only, so `ticket.items` is the ticket's own `items`.
A null or absent value is empty in a condition and for `default`, and an error where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway.errors import TemplateFailed
from gateway.escaping import escape, one_line, safe_link
from gateway.filters import FILTERS
from gateway.model import Event, Message, MessageTemplate, Path
from gateway.paths import EVENT, EVENT_FIELDS

MOST_CHARACTERS = 64 * 1024
"""Longest body."""
DEEPEST_LOOP = 2

BUILT_IN_FILTERS = (
    "default",
    "join",
    "length",
    "lower",
    "upper",
    "title",
    "capitalize",
    "trim",
    "truncate",
    "round",
    "replace",
    "first",
    "last",
    "sort",
    "unique",
    "groupby",
)

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.Filter,
    nodes.Test,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
    nodes.Keyword,
    nodes.Tuple,
)
TESTS = ("defined", "undefined")


class _Absent(ChainableUndefined):
    """A value that is not there: false, empty, and an error as soon as it is shown."""

    def __str__(self) -> str:
        raise TemplateFailed(f"the event has no value for {self._undefined_name!r}")

    __hash__ = Undefined.__hash__


class _Environment(ImmutableSandboxedEnvironment):
    """Looks names up in JSON objects and nowhere else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._step(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, list | tuple) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else self._step(obj, str(argument))
        return self._step(obj, argument)

    def _step(self, obj: Any, name: Any) -> Any:
        value = obj.get(name) if isinstance(obj, Mapping) else None
        if isinstance(obj, tuple) and hasattr(obj, "_fields"):  # groupby yields (grouper, list)
            value = getattr(obj, name, None) if name in ("grouper", "list") else None
        return _Absent(name=str(name)) if value is None else value


def _environment(finalize: Callable[[Any], Any]) -> _Environment:
    environment = _Environment(
        undefined=_Absent, finalize=finalize, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.filters = {name: environment.filters[name] for name in BUILT_IN_FILTERS} | FILTERS
    environment.tests = {name: environment.tests[name] for name in TESTS}
    environment.globals.clear()
    return environment


RAW = _environment(str)
"""For titles and links, which are cleaned as a whole."""
MARKDOWN = _environment(lambda value: escape(str(value)))


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """Render functions of a message's three parts: context -> text."""

    title: Callable[[Mapping[str, Any]], str]
    body: Callable[[Mapping[str, Any]], str]
    link: Callable[[Mapping[str, Any]], str]


@lru_cache(maxsize=16_384)
def compile_message(template: MessageTemplate) -> CompiledMessage:
    """The compiled template. Raises: TemplateFailed, with what is wrong or not allowed."""
    return CompiledMessage(
        _compile(RAW, template.title), _compile(MARKDOWN, template.body), _compile(RAW, template.link)
    )


def render(template: MessageTemplate, event: Event, reasons: Sequence[str]) -> Message:
    """The message of *event* for readers who hear of it for *reasons*.

    Raises: TemplateFailed when the event lacks a value that the template shows.
    """
    compiled = compile_message(template)
    context = _context(event)
    try:
        title = one_line(compiled.title(context))
        body = compiled.body(context).strip()
        link = safe_link(compiled.link(context))
    except TemplateFailed:
        raise
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as exc:
        raise TemplateFailed(f"the template does not fit the event: {type(exc).__name__}") from exc
    if len(body) > MOST_CHARACTERS:
        body = body[:MOST_CHARACTERS] + "\u2026"
    parts = [part for part in (body, f"[Open]({link})" if link else "", _footer(reasons)) if part]
    return Message(title=title, body="\n\n".join(parts), severity=event.severity)


def _footer(reasons: Sequence[str]) -> str:
    line = " \u00b7 ".join(escape(reason) for reason in dict.fromkeys(reasons))
    return f"*{line}*" if line else ""


def _context(event: Event) -> dict[str, Any]:
    context = {name: value for name, value in event.data.items() if value is not None}
    fields = {name: getattr(event, name) for name in EVENT_FIELDS}
    fields["time"] = event.time.isoformat()
    context[EVENT] = {name: value for name, value in fields.items() if value is not None}
    return context


# ------------------------------------------------------------------ compiling


def variables(source: str) -> list[Path]:
    """Every path that a template reads, in order, each once. Raises: TemplateFailed."""
    found: dict[Path, None] = {}
    for path in _paths(_parse(RAW, source), {}):
        found[path] = None
    return list(found)


def _compile(environment: _Environment, source: str) -> Callable[[Mapping[str, Any]], str]:
    code = environment.compile(_parse(environment, source))
    return environment.template_class.from_code(environment, code, environment.make_globals(None)).render


def _parse(environment: _Environment, source: str) -> nodes.Template:
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as exc:
        raise TemplateFailed(f"{exc.message} (line {exc.lineno} of the template)") from exc
    _refuse_forbidden(environment, tree)
    return tree


def _refuse_forbidden(environment: _Environment, tree: nodes.Template) -> None:
    for node in _walk(tree):
        if not isinstance(node, ALLOWED):
            raise TemplateFailed(f"{type(node).__name__.lower()} is not allowed in a template")
        if isinstance(node, nodes.Filter) and node.name not in environment.filters:
            raise TemplateFailed(f"no filter {node.name!r}; there are {', '.join(sorted(environment.filters))}")
        if isinstance(node, nodes.Test) and node.name not in environment.tests:
            raise TemplateFailed(f"no test {node.name!r}; there are {', '.join(TESTS)}")
        name = getattr(node, "attr", None) or getattr(node, "name", None)
        if isinstance(name, str) and name.startswith("_"):
            raise TemplateFailed(f"{name!r} is not allowed in a template: a name starts with a letter")
    if _depth(tree) > DEEPEST_LOOP:
        raise TemplateFailed(f"loops stand in each other at most {DEEPEST_LOOP} deep")


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _depth(node: nodes.Node) -> int:
    below = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return below + isinstance(node, nodes.For)


def _paths(node: nodes.Node, loops: Mapping[str, Path | None]) -> Iterator[Path]:
    """The paths read in *node*; *loops* maps the names of loops around it to what they walk."""
    if isinstance(node, nodes.Name | nodes.Getattr):
        path = _path_of(node, loops)
        if path:
            yield path
        elif isinstance(node, nodes.Getattr) and not _is_loop_name(node, loops):
            yield from _paths(node.node, loops)
        return
    if isinstance(node, nodes.For):
        yield from _paths(node.iter, loops)
        walked = _path_of(node.iter, loops)
        names = [node.target] if isinstance(node.target, nodes.Name) else list(node.target.find_all(nodes.Name))
        inner = {**loops, "loop": None, **{name.name: walked if len(names) == 1 else None for name in names}}
        for child in (*node.body, *node.else_):
            yield from _paths(child, inner)
        return
    for child in node.iter_child_nodes():
        yield from _paths(child, loops)


def _path_of(node: nodes.Node, loops: Mapping[str, Path | None]) -> Path | None:
    if isinstance(node, nodes.Name):
        return loops.get(node.name, (node.name,))
    if isinstance(node, nodes.Getattr):
        parent = _path_of(node.node, loops)
        return (*parent, node.attr) if parent else None
    return None


def _is_loop_name(node: nodes.Node, loops: Mapping[str, Path | None]) -> bool:
    while isinstance(node, nodes.Getattr):
        node = node.node
    return isinstance(node, nodes.Name) and node.name in loops
