"""Figures of the code's structure, for the whole package and for each room: `python tools/figures.py [FOLDER]`.

They are compared before and after a change of structure; none of them is a limit.
"""

from __future__ import annotations

import ast
import io
import statistics
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
DIALECT = {"one", "found", "told"}
"""Names that say nothing of what they hold."""


def functions_in(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def binds_dialect(function: Function) -> bool:
    """Whether *function* binds a variable whose name is in DIALECT."""
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return bool(DIALECT & (names | {argument.arg for argument in function.args.args}))


def tokens_of(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


def import_cycles(package: Path) -> int:
    """Groups of modules that import each other, at module level or in functions."""
    modules = {".".join(path.relative_to(package.parent).with_suffix("").parts): path for path in package.rglob("*.py")}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    graph: dict[str, set[str]] = defaultdict(set)
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    target = full if full in modules else node.module
                    if target in modules and target != name and not name.startswith(f"{target}."):
                        graph[name].add(target)
    reachable: dict[str, set[str]] = {}
    for name in modules:
        seen: set[str] = set()
        todo = list(graph[name])
        while todo:
            current = todo.pop()
            if current not in seen:
                seen.add(current)
                todo += graph[current]
        reachable[name] = seen
    groups = {
        frozenset(other for other in reachable[name] if name in reachable[other])
        for name in modules
        if name in reachable[name]
    }
    return len(groups)


def describe(name: str, paths: list[Path]) -> str:
    lengths: list[int] = []
    functions: list[Function] = []
    comments = lines = used_once = called_once = 0
    for path in paths:
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        functions += functions_in(tree)
        used_once += len(private_functions_used_once(tree))
        called_once += len(private_functions_called_once(tree))
        lengths.append(text.count("\n"))
        lines += sum(bool(line.strip()) for line in text.splitlines())
        comments += sum(token.type == tokenize.COMMENT for token in tokens_of(text))
    if not functions:
        return f"{name:<14} {len(paths):>4} modules"
    sizes = sorted((function.end_lineno or function.lineno) - function.lineno + 1 for function in functions)
    dialect = sum(map(binds_dialect, functions))
    return (
        f"{name:<14} {len(paths):>4} modules {sum(lengths):>6} lines, longest {max(lengths):>4};"
        f" {len(functions):>4} functions, median {statistics.median(sizes):>4}, p90 {sizes[len(sizes) * 9 // 10]:>3},"
        f" longest {sizes[-1]:>3}; used once {used_once / len(functions):>5.1%},"
        f" called once {called_once / len(functions):>5.1%};"
        f" bind one/found/told {dialect / len(functions):>5.1%}; comments/100 lines {100 * comments / lines:>4.1f}"
    )


def private_functions_used_once(tree: ast.AST) -> list[str]:
    """Private functions that are named once outside their definition. Methods of the same name are left out."""
    defined = Counter(function.name for function in functions_in(tree))
    uses = Counter(names_used(tree))
    return [name for name, count in defined.items() if is_private(name) and count == uses[name] == 1]


def private_functions_called_once(tree: ast.AST) -> list[str]:
    """Those of the functions used once whose use is a call."""
    calls = Counter(names_called(tree))
    return [name for name in private_functions_used_once(tree) if calls[name] == 1]


def names_used(tree: ast.AST) -> Iterator[str]:
    """Every name outside definitions and imports, also inside f-strings. `tokenize` sees those from Python 3.12 on
    only, so the figures would depend on the version."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def names_called(tree: ast.AST) -> Iterator[str]:
    """Every name that is called. The entries of a table, hooks and the functions of threads are used, not called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def main(folder: Path) -> None:
    package = folder / "gateway"
    rooms: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(package.rglob("*.py")):
        rooms[path.relative_to(package).parts[0]].append(path)
    everything = [path for paths in rooms.values() for path in paths]
    print(describe("gateway", everything), f"import cycles {import_cycles(package)}")
    for room, paths in rooms.items():
        print(describe(room.removesuffix(".py"), paths))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1])
