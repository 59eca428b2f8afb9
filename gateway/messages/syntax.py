"""The syntax that a message template may use: Jinja's, without everything that reaches beyond the event's data."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes

from gateway.errors import TemplateFailed
from gateway.messages.filters.table import FILTERS

MAX_SOURCE = 32 * 1024
"""The longest template, in characters."""
MAX_LOOP_DEPTH = 2
ALLOWED: frozenset[type[nodes.Node]] = frozenset(
    (
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
)
TESTS = ("defined", "undefined")
FILTER_NAMES = sorted(FILTERS)


def parse_template(environment: Environment, source: str) -> nodes.Template:
    """The syntax tree of *source*. Raises: TemplateFailed, with what is wrong or not allowed."""
    if len(source) > MAX_SOURCE:
        raise TemplateFailed(f"a template has at most {MAX_SOURCE:,} characters")
    try:
        tree = environment.parse(source)
        _refuse_forbidden(tree, 0)
    except TemplateSyntaxError as exc:
        raise TemplateFailed(f"{exc.message} (line {exc.lineno} of the template)") from exc
    except RecursionError as exc:
        raise TemplateFailed("the template is nested too deeply") from exc
    except ValueError as exc:  # Python refuses to parse an integer of more than 4,300 digits
        raise TemplateFailed("the template has a number that is too long") from exc
    return tree


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """*node* and everything below it."""
    yield node
    for child in node.iter_child_nodes():
        yield from walk(child)


def _names_lookup(node: nodes.Filter) -> bool:
    names = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
    return len(names) == len(node.args) == 1 and isinstance(names[0], str) and not node.kwargs


def _refuse_forbidden(node: nodes.Node, loops: int) -> None:
    """Raises: TemplateFailed for anything forbidden at *node* or below it; *loops* is how many loops surround it."""
    if type(node) not in ALLOWED:
        raise TemplateFailed(f"{type(node).__name__.lower()} is not allowed in a template")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise TemplateFailed(f"unknown filter {node.name!r}; expected one of {', '.join(FILTER_NAMES)}")
    if isinstance(node, nodes.Filter) and node.name == "lookup" and not _names_lookup(node):
        raise TemplateFailed("lookup takes the name of a lookup in quotes: customer.id | lookup('sites')")
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise TemplateFailed(f"unknown test {node.name!r}; expected one of {', '.join(TESTS)}")
    if isinstance(node, nodes.Filter | nodes.Test) and (node.dyn_args or node.dyn_kwargs):
        raise TemplateFailed(f"the arguments of {node.name} must be written out; * and ** are not allowed")
    name = getattr(node, "attr", None) or getattr(node, "name", None)
    if isinstance(name, str) and (name.startswith("_") or (isinstance(node, nodes.Name) and name == "self")):
        raise TemplateFailed(f"{name!r} is not allowed in a template: no field of an event can be read by this name")
    loops += isinstance(node, nodes.For)
    if loops > MAX_LOOP_DEPTH:
        raise TemplateFailed(f"loops can be nested at most {MAX_LOOP_DEPTH} deep")
    for child in node.iter_child_nodes():
        _refuse_forbidden(child, loops)
