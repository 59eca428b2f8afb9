"""The Jinja sandbox in which templates run: it sees JSON data and nothing else, and its work is limited.

A template reads dotted paths into the event; it cannot call, assign or include. A path leads only through JSON objects,
so `ticket.items` is the ticket's field `items`. A value that is absent or null is false in a condition, and shown as a
placeholder. Anything that is not a list is looped over as a list of one.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from jinja2 import UndefinedError, nodes
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.budget import STEPS_PER_CALL, spend, spend_text, take_iteration
from gateway.messages.filters.lists import Group
from gateway.messages.filters.table import FILTERS
from gateway.messages.lines import MarkLines
from gateway.messages.syntax import MAX_SOURCE, TESTS, parse_template, walk
from gateway.messages.values import NAME, as_list, read

LOOP_FIELDS = ("first", "last", "index", "length")
STEPS_PER_LOOKUP = 5
STEPS_PER_CONTAINER = 20_000
"""The cost of comparing two lists or objects element by element."""
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
}


@dataclass(frozen=True, slots=True)
class Part:
    """The compiled template of one part of a message."""

    pieces: Callable[[Context], Iterable[str]]
    """Renders it piece by piece."""
    weight: int
    """The steps that it takes in addition to those of its values, filters and loops."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Looks up names in JSON objects only."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        # Nearly every step leads to a field of an object, present or not, so this is tried first.
        if type(obj) is dict:
            if attribute in obj and (value := obj[attribute]) is not None:
                return value
            if attribute != NAME:
                return Absent(name=attribute)
        elif type(obj) is Absent:
            return Absent(name=attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Like `values.read`, but also finds the fields of Jinja's `loop` and of what `groupby` yields."""
        spend(STEPS_PER_LOOKUP)
        if isinstance(obj, LoopContext):
            value = getattr(obj, argument) if argument in LOOP_FIELDS else None
        elif isinstance(obj, Group) and argument in Group._fields:
            value = getattr(obj, argument)
        else:
            value = read(obj, argument)
        return Absent(name=str(argument)) if value is None else value


def _elements(value: Any, weight: int) -> Iterator[Any]:
    """The elements that a loop over *value* walks. Each iteration costs *weight* steps, the number of nodes in its
    body."""
    # The weight accounts for the work in the body that no filter or comparison counts.
    for element in as_list(value):
        if not take_iteration():
            return
        spend(weight + STEPS_PER_CALL)
        yield element


def _compare(left: Any, operation: str, right: Any) -> bool:
    """Compares like Python, but values without an order are neither less nor greater than each other."""
    spend(STEPS_PER_CALL)
    if operation in ("in", "notin"):
        return _contains(right, left) is (operation == "in")
    if isinstance(left, list | Mapping) and isinstance(right, list | Mapping):
        spend(STEPS_PER_CONTAINER)
    elif isinstance(left, str) and isinstance(right, str):
        spend_text(min(left, right, key=len))
    try:
        return COMPARISONS[operation](left, right)
    except (TypeError, UndefinedError):
        return False


def _contains(container: Any, value: Any) -> bool:
    if isinstance(container, str):
        spend_text(container)
        return isinstance(value, str) and value in container
    if isinstance(container, list | tuple | Mapping):
        is_scalar = not isinstance(value, list | tuple | Mapping)
        spend(len(container))
        return is_scalar and value in container
    return False


class _Rewriter(NodeTransformer):
    """Replaces loops and comparisons by the gateway's functions, which count their steps."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        weight = sum(1 for part in (*node.body, *([node.test] if node.test else ())) for _ in walk(part))
        node.iter = _call(_elements, node.iter, nodes.Const(weight))
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:  # noqa: N802 - Jinja's name
        """`a < b < c` becomes `_compare(a, "lt", b) and _compare(b, "lt", c)`."""
        self.generic_visit(node)
        lefts = [node.expr, *(operand.expr for operand in node.ops)]
        pairs = [
            _call(_compare, left, nodes.Const(operand.op), operand.expr)
            for left, operand in zip(lefts, node.ops, strict=False)
        ]
        return functools.reduce(nodes.And, pairs)


def _call(function: Callable[..., Any], value: nodes.Node, *args: nodes.Expr) -> nodes.Expr:
    return nodes.Filter(cast("nodes.Expr", value), function.__name__, list(args), [], None, None, lineno=value.lineno)


def new_sandbox(finalize: Callable[[Any], str]) -> Sandbox:
    """A sandbox whose templates write each value as *finalize* returns it."""
    # Jinja's optimizer would run filters during compilation, outside of any budget.
    sandbox = Sandbox(
        undefined=Absent,
        finalize=finalize,
        lstrip_blocks=True,
        autoescape=False,
        optimized=False,
        extensions=[MarkLines],
    )
    sandbox.filters = {**FILTERS, _elements.__name__: _elements, _compare.__name__: _compare}
    sandbox.tests = {name: sandbox.tests[name] for name in TESTS}
    sandbox.globals.clear()
    return sandbox


EMPTY = new_sandbox(str).from_string("")
EMPTY.globals = {}  # instead of Jinja's chain of two empty mappings, which each new context would go through


def new_context(names: dict[str, Any]) -> Context:
    """A context with *names*. All parts of a message share it, whatever their sandbox: a template assigns nothing, and
    making a context takes as long as rendering a short part."""
    return EMPTY.new_context(names, shared=True)


def compile_template(sandbox: Sandbox, source: str) -> Part:
    """*source*, compiled. Raises: TemplateFailed, with what is wrong or not allowed."""
    if "{" not in source and len(source) <= MAX_SOURCE:
        # Many parts of a message are a fixed text or empty, and need no work.
        pieces = (source.removesuffix("\n"),)
        return Part(lambda _: pieces, weight=0)
    tree = _Rewriter().visit(parse_template(sandbox, source))
    try:
        code = sandbox.compile(tree)
    except (MemoryError, RecursionError, SyntaxError) as exc:
        raise TemplateFailed("the template is nested too deeply") from exc
    template = sandbox.template_class.from_code(sandbox, code, sandbox.make_globals(None))
    return Part(template.root_render_func, weight=sum(1 for _ in walk(tree)))
