"""Which paths of an event a template reads, and which it shows without checking that they have a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import nodes

from gateway.messages.sandbox import new_sandbox
from gateway.messages.syntax import parse_template, walk
from gateway.messages.values import read
from gateway.model import Event, MessageTemplate, Path
from gateway.paths import CUSTOMER, EVENT, customer_place

Loops = Mapping[str, Path | None]
"""For the names of the loops around a node, the path of the list that each walks; None if it is not a path."""
Paths = frozenset[Path]
NONE: Paths = frozenset()

SANDBOX = new_sandbox(str)
KEEPS_LIST = ("sort", "unique")
"""Filters that return a list of the same elements."""


@dataclass(frozen=True, slots=True)
class ShownPath:
    """A path whose value a template shows unchanged."""

    path: Path
    present: Paths
    """The paths that must have a value at this place, because of the conditions and loops around it."""


MAX_CACHED = 16_384
"""How many templates are cached: three for each event type of a large catalogue, twice for a reload."""


def variables(source: str) -> list[Path]:
    """Every path that a template reads, in order and without duplicates. Raises: TemplateFailed."""
    return list(_paths_of_template(source)[0])


def unguarded(source: str) -> list[ShownPath]:
    """Every path that a template shows without `default`, and outside of conditions that check for it.

    If such a value is absent, readers see a placeholder. A path below one that is checked, such as `customer.name` in
    `{% if customer %}`, is included, since only the schema knows whether it can be absent.

    Raises: TemplateFailed.
    """
    return list(_paths_of_template(source)[1])


@lru_cache(maxsize=MAX_CACHED)
def lookup_names(source: str) -> tuple[str, ...]:
    """The lookups that a template names, without duplicates. Raises: TemplateFailed."""
    if "lookup" not in source:
        return ()
    filters = (node for node in walk(parse_template(SANDBOX, source)) if isinstance(node, nodes.Filter))
    return tuple(dict.fromkeys(str(node.args[0].as_const()) for node in filters if node.name == "lookup"))


@lru_cache(maxsize=MAX_CACHED)
def _paths_of_template(source: str) -> tuple[tuple[Path, ...], tuple[ShownPath, ...]]:
    """What the template reads, and what it shows unguarded. Cached, since a reload asks about unchanged templates."""
    tree = parse_template(SANDBOX, source)
    return tuple(dict.fromkeys(_read_paths(tree, {}))), tuple(dict.fromkeys(_shown_paths(tree, {}, NONE)))


def missing_values(template: MessageTemplate, event: Event) -> list[Path]:
    """The paths for which the message of *event* would show a placeholder. Raises: TemplateFailed."""
    return [
        item.path
        for source in (template.title, template.body, template.short)
        for item in unguarded(source)
        if not _has_value(event, item.path) and all(_has_value(event, path) for path in item.present)
    ]


def _has_value(event: Event, path: Path) -> bool:
    if path[:2] == CUSTOMER:
        place = customer_place(event.data, event.customer)
        return place is not None and _leads_to_value(event.data, (*place, *path[2:]))
    return path[0] == EVENT or _leads_to_value(event.data, path)


def _leads_to_value(value: Any, path: Path) -> bool:
    for number, step in enumerate(path):
        if isinstance(value, list) and not step.isdigit():
            return any(_leads_to_value(element, path[number:]) for element in value)
        value = read(value, int(step) if isinstance(value, list) else step)
    return value is not None


# ------------------------------------------------------------------ read


def _read_paths(node: nodes.Node, loops: Loops) -> Iterator[Path]:
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        path = _path_of(node, loops)
        if path:
            yield path
        elif not isinstance(node, nodes.Name) and not _is_loop_name(node, loops):
            for child in node.iter_child_nodes():
                yield from _read_paths(child, loops)
    elif isinstance(node, nodes.For):
        yield from _read_paths(node.iter, loops)
        inner = _loops_inside(node, loops)
        for child in [*node.body, *([node.test] if node.test else [])]:
            yield from _read_paths(child, inner)
        for child in node.else_:
            yield from _read_paths(child, loops)
    else:
        for child in node.iter_child_nodes():
            yield from _read_paths(child, loops)


def _loops_inside(node: nodes.For, loops: Loops) -> Loops:
    names = [node.target] if isinstance(node.target, nodes.Name) else list(node.target.find_all(nodes.Name))
    walked = _walked_path(node.iter, loops) if len(names) == 1 else None
    return {**loops, "loop": None, **{name.name: walked for name in names}}


def _walked_path(node: nodes.Node, loops: Loops) -> Path | None:
    """The path of the list that a loop walks, even if it is sorted first."""
    if isinstance(node, nodes.Filter) and node.name in KEEPS_LIST and node.node is not None:
        return _walked_path(node.node, loops)
    return _path_of(node, loops)


def _path_of(node: nodes.Node, loops: Loops) -> Path | None:
    if isinstance(node, nodes.Name):
        return loops.get(node.name, (node.name,))
    if isinstance(node, nodes.Getattr):
        parent, step = _path_of(node.node, loops), node.attr
        return (*parent, step) if parent else None
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        parent = _path_of(node.node, loops)
        return (*parent, str(node.arg.value)) if parent else None
    return None


def _is_loop_name(node: nodes.Node, loops: Loops) -> bool:
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        node = node.node
    return isinstance(node, nodes.Name) and node.name in loops


# ------------------------------------------------------------------ shown


def _shown_paths(node: nodes.Node, loops: Loops, present: Paths) -> Iterator[ShownPath]:
    """What the statements at and below *node* show, given the checked paths *present*."""
    match node:
        case nodes.Output():
            for expression in node.nodes:
                yield from _shown_by(expression, loops, present)
        case nodes.If():
            yield from _shown_in(node.body, loops, present | _implied(node.test, loops, True))
            yield from _shown_in([*node.elif_, *node.else_], loops, present | _implied(node.test, loops, False))
        case nodes.For():
            inner = _loops_inside(node, loops)
            walked = _walked_path(node.iter, loops)
            condition = _implied(node.test, inner, True) if node.test else NONE
            yield from _shown_in(node.body, inner, present | condition | ({walked} if walked else NONE))
            yield from _shown_in(node.else_, loops, present)
        case _:
            yield from _shown_in(node.iter_child_nodes(), loops, present)


def _shown_in(body: Iterable[nodes.Node], loops: Loops, present: Paths) -> Iterator[ShownPath]:
    for node in body:
        yield from _shown_paths(node, loops, present)


def _shown_by(expression: nodes.Node, loops: Loops, present: Paths) -> Iterator[ShownPath]:
    """What *expression* shows."""
    match expression:
        case nodes.Filter(name="default"):
            for argument in expression.args:
                yield from _shown_by(argument, loops, present)
        case nodes.Filter() if expression.node is not None and expression.name != "length":
            yield from _shown_by(expression.node, loops, present)
        case nodes.CondExpr():
            yield from _shown_by(expression.expr1, loops, present | _implied(expression.test, loops, True))
            if expression.expr2 is not None:
                yield from _shown_by(expression.expr2, loops, present | _implied(expression.test, loops, False))
        case nodes.Or():
            yield from _shown_by(expression.right, loops, present | _implied(expression.left, loops, False))
        case nodes.And():
            yield from _shown_by(expression.left, loops, present)
            yield from _shown_by(expression.right, loops, present | _implied(expression.left, loops, True))
        case _:
            path = _path_of(expression, loops)
            if path and not any(known[: len(path)] == path for known in present):
                yield ShownPath(path, present)


def _implied(test: nodes.Node, loops: Loops, outcome: bool) -> Paths:
    """The paths that must have a value if *test* has this *outcome*."""
    match test:
        case nodes.Not():
            return _implied(test.node, loops, not outcome)
        case nodes.And() | nodes.Or():
            left, right = _implied(test.left, loops, outcome), _implied(test.right, loops, outcome)
            return left | right if isinstance(test, nodes.And) is outcome else left & right
        case nodes.Test():
            path = _path_of(test.node, loops)
            return frozenset({path}) if path and (test.name == "defined") is outcome else NONE
        case nodes.Compare():
            sides = (test.expr, *(operand.expr for operand in test.ops))
            is_strict = all(operand.op not in ("ne", "notin") for operand in test.ops)
            has_constant = any(isinstance(side, nodes.Const) for side in sides)
            present = NONE.union(*(_implied(side, loops, True) for side in sides))
            return present if outcome and is_strict and has_constant else NONE
        case nodes.Filter() if test.node is not None and test.name not in ("default", "plural", "join"):
            return _implied(test.node, loops, outcome)
    path = _path_of(test, loops)
    return frozenset({path}) if path and outcome else NONE
