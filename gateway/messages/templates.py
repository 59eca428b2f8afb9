"""Message templates: Jinja in a sandbox, rendered from an event as Markdown.

A template reads dotted paths into the event and nothing else: no calls, no assignments, no
includes. A path leads through JSON objects only, so `ticket.items` is the ticket's own `items`.
A null or absent value is empty in a condition and for `default`, and an error where it is shown; only a
link that cannot be made is left out. What is not a list is walked as a list of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, TemplateSyntaxError, Undefined, nodes, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway.errors import TemplateFailed
from gateway.messages.escaping import escape, one_line, safe_link
from gateway.messages.filters import FILTERS, MAX_CHARACTERS, show
from gateway.model import Event, Message, MessageTemplate, Path
from gateway.paths import EVENT, EVENT_FIELDS, MISSING, format_path, lookup

ELLIPSIS = "\u2026"
MAX_SOURCE = 32 * 1024
"""Characters of a template."""
MAX_LOOP_DEPTH = 2
MAX_ITERATIONS = 10_000
"""Of all loops in one message; the elements after that are left out."""
LOOP_FIELDS = ("first", "last", "index", "length")
LEFT = "_iterations_left"

BUILT_IN_FILTERS = (
    "default",
    "length",
    "lower",
    "upper",
    "title",
    "capitalize",
    "trim",
    "truncate",
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


class _NoValue(TemplateFailed):
    """A template shows a value that is not there. *name* is as much of its path as is known."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the event has no value for {name!r}")
        self.name = name


class _Absent(ChainableUndefined):
    """A value that is not there: false, empty, and an error as soon as it is shown."""

    def __str__(self) -> str:
        raise _NoValue(str(self._undefined_name or self._undefined_hint))

    __hash__ = Undefined.__hash__

    def below(self, name: object) -> _Absent:
        return _Absent(name=f"{self._undefined_name}.{name}")


class _Environment(ImmutableSandboxedEnvironment):
    """Looks names up in JSON objects and nowhere else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._step(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, list | tuple) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else self._step(obj, str(argument))
        return self._step(obj, argument)

    def _step(self, obj: Any, name: Any) -> Any:
        if isinstance(obj, Mapping):
            value = obj.get(name)
        elif isinstance(obj, _Absent):
            return obj.below(name)
        elif isinstance(obj, LoopContext):
            value = getattr(obj, name) if name in LOOP_FIELDS else None
        elif isinstance(obj, tuple) and name in ("grouper", "list"):  # what groupby yields
            value = getattr(obj, name, None)
        else:
            value = None
        return _Absent(name=str(name)) if value is None else value


@pass_context
def _elements(context: Context, value: Any) -> Iterator[Any]:
    """What a loop over *value* walks; all loops of a message share one budget of iterations."""
    if isinstance(value, _Absent):
        return
    left: list[int] = context[LEFT]
    for element in value if isinstance(value, list | tuple | Iterator) else (value,):
        if not left[0]:
            return
        left[0] -= 1
        yield element


def _environment(finalize: Callable[[Any], Any]) -> _Environment:
    environment = _Environment(
        undefined=_Absent, finalize=finalize, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    built_in = {name: environment.filters[name] for name in BUILT_IN_FILTERS}
    environment.filters = {**built_in, **FILTERS, _elements.__name__: _elements}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    environment.globals.clear()
    return environment


RAW = _environment(show)
"""For titles and links, which are cleaned as a whole."""
MARKDOWN = _environment(lambda value: escape(show(value)))
FILTER_NAMES = sorted([*BUILT_IN_FILTERS, *FILTERS])


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """Render functions of a message's three parts: context -> text."""

    title: Callable[[dict[str, Any]], str]
    body: Callable[[dict[str, Any]], str]
    link: Callable[[dict[str, Any]], str]


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
        link = _link(compiled, context)
    except _NoValue as exc:
        raise TemplateFailed(f"the event has no value for {_whole_path(exc.name, template, event)!r}") from exc
    except TemplateFailed:
        raise
    except Exception as exc:  # whatever a filter makes of a value that it is not for
        raise TemplateFailed(f"the template does not fit the event: {type(exc).__name__}") from exc
    parts = [part for part in (body, f"[Open]({link})" if link else "", _footer(reasons)) if part]
    return Message(title=title, body="\n\n".join(parts), severity=event.severity)


def _link(compiled: CompiledMessage, context: dict[str, Any]) -> str:
    try:
        return safe_link(compiled.link(context))
    except _NoValue:
        return ""


def _whole_path(name: str, template: MessageTemplate, event: Event) -> str:
    """The path that *template* reads, *event* lacks, and *name* ends; *name* where there is none."""
    missing = (
        format_path(path)
        for source in (template.title, template.body)
        for path in variables(source)
        if lookup(event, path) is MISSING
    )
    return next((path for path in missing if f".{path}".endswith(f".{name}")), name)


def _footer(reasons: Sequence[str]) -> str:
    line = " \u00b7 ".join(escape(reason) for reason in dict.fromkeys(reasons))
    return f"*{line}*" if line else ""


def _context(event: Event) -> dict[str, Any]:
    context = {name: value for name, value in event.data.items() if value is not None}
    fields = {name: getattr(event, name) for name in EVENT_FIELDS}
    fields["time"] = event.time.isoformat()
    context[EVENT] = {name: value for name, value in fields.items() if value is not None}
    context[LEFT] = [MAX_ITERATIONS]
    return context


# ------------------------------------------------------------------ compiling


def variables(source: str) -> list[Path]:
    """Every path that a template reads, in order, each once. Raises: TemplateFailed."""
    found: dict[Path, None] = {}
    for path in _paths(_parse(RAW, source), {}):
        found[path] = None
    return list(found)


def _compile(environment: _Environment, source: str) -> Callable[[dict[str, Any]], str]:
    tree = _parse(environment, source)
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, _elements.__name__, [], [], None, None, lineno=loop.lineno)
    try:
        code = environment.compile(tree)
    except (MemoryError, RecursionError, SyntaxError) as exc:
        raise TemplateFailed("the template is nested too deeply") from exc
    template = environment.template_class.from_code(environment, code, environment.make_globals(None))

    def render_part(context: dict[str, Any]) -> str:
        parts: list[str] = []
        left = MAX_CHARACTERS
        for part in template.root_render_func(template.new_context(context, shared=True)):
            parts.append(part)
            left -= len(part)
            if left < 0:
                return "".join(parts)[:MAX_CHARACTERS].rstrip("\\") + ELLIPSIS
        return "".join(parts)

    return render_part


def _parse(environment: _Environment, source: str) -> nodes.Template:
    if len(source) > MAX_SOURCE:
        raise TemplateFailed(f"a template has at most {MAX_SOURCE:,} characters")
    try:
        tree = environment.parse(source)
        _refuse_forbidden(tree)
    except TemplateSyntaxError as exc:
        raise TemplateFailed(f"{exc.message} (line {exc.lineno} of the template)") from exc
    except RecursionError as exc:
        raise TemplateFailed("the template is nested too deeply") from exc
    return tree


def _refuse_forbidden(tree: nodes.Template) -> None:
    for node in _walk(tree):
        if not isinstance(node, ALLOWED):
            raise TemplateFailed(f"{type(node).__name__.lower()} is not allowed in a template")
        if isinstance(node, nodes.Filter) and node.name not in FILTER_NAMES:
            raise TemplateFailed(f"no filter {node.name!r}; there are {', '.join(FILTER_NAMES)}")
        if isinstance(node, nodes.Test) and node.name not in TESTS:
            raise TemplateFailed(f"no test {node.name!r}; there are {', '.join(TESTS)}")
        if isinstance(node, nodes.Filter | nodes.Test) and (node.dyn_args or node.dyn_kwargs):
            raise TemplateFailed(f"{node.name} takes its arguments one by one, not as * or **")
        name = getattr(node, "attr", None) or getattr(node, "name", None)
        if isinstance(name, str) and (name.startswith("_") or (isinstance(node, nodes.Name) and name == "self")):
            raise TemplateFailed(f"{name!r} is not allowed in a template: it is no name of a value")
    if _depth(tree) > MAX_LOOP_DEPTH:
        raise TemplateFailed(f"loops stand in each other at most {MAX_LOOP_DEPTH} deep")


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _depth(node: nodes.Node) -> int:
    below = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return below + isinstance(node, nodes.For)


def _paths(node: nodes.Node, loops: Mapping[str, Path | None]) -> Iterator[Path]:
    """The paths read in *node*; *loops* maps the names of loops around it to what they walk."""
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        path = _path_of(node, loops)
        if path:
            yield path
        elif not isinstance(node, nodes.Name) and not _is_loop_name(node, loops):
            for child in node.iter_child_nodes():
                yield from _paths(child, loops)
        return
    if isinstance(node, nodes.For):
        yield from _paths(node.iter, loops)
        names = [node.target] if isinstance(node.target, nodes.Name) else list(node.target.find_all(nodes.Name))
        walked = _walked(node.iter, loops) if len(names) == 1 else None
        inner = {**loops, "loop": None, **{name.name: walked for name in names}}
        within: list[nodes.Node] = [*node.body, *([node.test] if node.test else [])]
        for child in within:
            yield from _paths(child, inner)
        for child in node.else_:
            yield from _paths(child, loops)
        return
    for child in node.iter_child_nodes():
        yield from _paths(child, loops)


def _walked(node: nodes.Node, loops: Mapping[str, Path | None]) -> Path | None:
    """The path of the list that a loop walks, sorted or not."""
    if isinstance(node, nodes.Filter) and node.name in ("sort", "unique") and node.node is not None:
        return _walked(node.node, loops)
    return _path_of(node, loops)


def _path_of(node: nodes.Node, loops: Mapping[str, Path | None]) -> Path | None:
    if isinstance(node, nodes.Name):
        return loops.get(node.name, (node.name,))
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        parent, step = _path_of(node.node, loops), _step_of(node)
        return (*parent, step) if parent and step else None
    return None


def _step_of(node: nodes.Getattr | nodes.Getitem) -> str | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return str(node.arg.value) if isinstance(node.arg, nodes.Const) else None


def _is_loop_name(node: nodes.Node, loops: Mapping[str, Path | None]) -> bool:
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        node = node.node
    return isinstance(node, nodes.Name) and node.name in loops
