"""The fenced blocks of the documentation's pages, with the hints that stand before them as HTML comments.

- `<!-- file: routes/x.yaml -->`: the YAML block is this file of a configuration folder. All files of a page are one
  configuration, and a later block of the same file replaces the earlier one.
- `<!-- own: yes -->`: the block begins another configuration.
- `<!-- env: NAME=value -->`: the variable is set while the configuration is checked.
- `<!-- appended: yes -->`: the block is appended to the shipped file of this name.
"""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"((?:<!--[^\n]*-->\n)*)```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HINT = re.compile(r"<!-- (\w+): (.*?) -->")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    text: str
    hints: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def hint(self, name: str) -> str | None:
        return next((value for key, value in self.hints if key == name), None)


@dataclass
class Configuration:
    """The files of one configuration folder, in the state after each of its blocks."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)


def blocks(*languages: str) -> list[Block]:
    return [block for page in PAGES for block in _blocks(page) if block.language in languages]


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for match in BLOCK.finditer(text):
        line = text[: match.start(3)].count("\n")
        yield Block(page.name, line, match[2], match[3], tuple(HINT.findall(match[1])))


def configurations() -> list[Configuration]:
    """Every configuration that the pages show; one whose file is shown again counts twice."""
    found: list[Configuration] = []
    for block in blocks("yaml", "text", "json"):
        file = block.hint("file")
        if file is None:
            continue
        is_new = not found or not found[-1].name.startswith(block.page) or block.hint("own")
        if is_new or (file in found[-1].files):
            before = Configuration("") if is_new else found[-1]
            found.append(Configuration(str(block), dict(before.files), dict(before.environ)))
        shipped = (ROOT / file).read_text("utf-8") if block.hint("appended") else ""
        found[-1].files[file] = shipped + block.text
        found[-1].environ |= dict(value.split("=", 1) for key, value in block.hints if key == "env")
    return found


def commands(block: Block) -> list[tuple[str, str]]:
    """(command, output it shows) of a console block; `...` in an output stands for anything."""
    found: list[tuple[str, str]] = []
    for line in block.text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].strip(), ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line)
    return found


def prints(printed: str, shown: str) -> bool:
    """Whether a command that *printed* this did what a page has *shown*."""
    printed = printed if printed.endswith("\n") else printed + "\n"
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(shown, printed, flags)
