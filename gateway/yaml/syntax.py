"""Advice for text that is not valid YAML: what the writer probably meant, and what to change.

libyaml says where it stopped and what it expected. The lines around that place show what the writer meant: a tab, an
unclosed quote, an unquoted glob, a line with one space too few. Advice never repeats a value, which may be a secret,
but only names of keys, globs and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.model import Place, Problem
from gateway.numbers import counted

LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""The end of a line, as libyaml counts lines."""
KEY = re.compile(r"(?:[^\s\"'#\[\]{},&*!|>%@`-][^:#]*|-[^\s:][^:#]*|\"[^\"]*\"|'[^']*')\s*:(?:\s|\Z)")
"""A plain or quoted key with its colon. A plain key may begin with a dash, but not with a dash and a space."""
DASH = re.compile(r"-(?:\s+|\Z)")
BLOCK_TEXT = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?\Z")
GLOB = re.compile(r"\*(?:\.[a-z_*?]+)+(?=[\s,\]}]|\Z)")
COMMENT_IN_LIST = re.compile(r"[\[{,]\s*#")
CONFLICT = re.compile(r"(?:<{7}|={7}|>{7})(?:\s|\Z)")
"""A line that git leaves where two changes conflict."""
QUOTES = "\"'"


Position = tuple[int, int]
"""Line and column, from 0."""


@dataclass(frozen=True)
class OpenLevel:
    """The column of the keys, or of the dashes, of a map or list that is still open."""

    column: int
    line: int
    is_dash: bool


@dataclass(frozen=True)
class Stop:
    """Where the parser stopped, counting from 0."""

    lines: list[str]
    line: int
    column: int
    construct: Position
    """Start of the construct being parsed."""

    @property
    def position(self) -> Position:
        return (self.line, self.column)

    @property
    def text(self) -> str:
        """The whole line."""
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def char(self) -> str:
        return self.text[self.column : self.column + 1]

    @property
    def before(self) -> str:
        return self.text[: self.column]

    @property
    def indent(self) -> int:
        return _indent(self.text)

    @property
    def open_levels(self) -> list[OpenLevel]:
        """The levels that are open above the line, the outermost first."""
        open_levels: list[OpenLevel] = []
        block_indent: int | None = None  # belongs to a key whose block of text (| or >) is being skipped
        for number, line in enumerate(self.lines[: self.line]):
            content = line.strip()
            indent = _indent(line)
            if not content or content.startswith("#") or (block_indent is not None and indent > block_indent):
                continue
            block_indent = indent if BLOCK_TEXT.search(content) else None
            # One line may open several levels: `- - name: x` opens two lists and a map.
            levels, column = [], indent
            while dash := DASH.match(line, column):
                levels.append(OpenLevel(column, number, is_dash=True))
                column = dash.end()
            if KEY.match(line, column):
                levels.append(OpenLevel(column, number, is_dash=False))
            if levels:
                open_levels = [level for level in open_levels if level.column < indent] + levels
        return open_levels


Advice = tuple[Position, str, str | None]
"""Where, what is wrong, and what to do."""

TAB = ("tab used for indentation", "use spaces")
ESCAPE = ("unknown escape sequence after '\\'", "write '\\\\', or put the text in single quotes")
DIRECTIVE = ("a line that begins with '%' has no meaning here", "remove it")
OPEN_QUOTE = ("this quote is never closed", "add the same quote after the text")

AT_STOP = {
    "block sequence entries are not allowed in this context": (
        "a list with dashes cannot begin on the line of its key",
        "begin it on the next line",
    ),
    "found unknown escape character": ESCAPE,
    "found invalid Unicode character escape code": ESCAPE,
    "found incompatible YAML document": DIRECTIVE,
    "did not find expected <document start>": ("the line '...' above ended the document", "remove that line"),
}
"""For messages of libyaml: the advice for the place where the parser stopped."""
AT_CONSTRUCT = {
    "could not find expected ':'": ("missing ':' after the key", "write 'key: value'"),
    "found unexpected end of stream": OPEN_QUOTE,
    "found unexpected document indicator": OPEN_QUOTE,
    "found unknown directive name": DIRECTIVE,
}
"""For messages of libyaml: the advice for the start of the construct being parsed, where the mistake is."""


def to_problem(message: str, stopped: Position | None, construct: Position | None, text: str, file: str) -> Problem:
    """The problem that ended the parsing of *text*: libyaml's *message*, where it *stopped*, and the start of the
    *construct* being parsed."""
    at = stopped or construct
    if at is None:
        return Problem(Place(file), "", f"the file is not YAML: {message}")
    stop = Stop(LINE_BREAK.split(text), *at, construct or at)
    (line, column), advice, hint = _advise(message, stop)
    return Problem(Place(file, line + 1, column + 1), "", advice, hint)


def _advise(message: str, stop: Stop) -> Advice:
    # A merge conflict makes the parser stop anywhere from the line before its first marker on, with any message.
    for number, line in enumerate(stop.lines[: stop.line + 2]):
        if CONFLICT.match(line):
            return (number, 0), "merge conflict marker", "resolve the conflict and remove the markers"
    if message in ADVISERS:
        return ADVISERS[message](stop)
    if message in AT_STOP:
        return (stop.position, *AT_STOP[message])
    if message in AT_CONSTRUCT:
        return (stop.construct, *AT_CONSTRUCT[message])
    if "tab character" in message:
        return (stop.position, *TAB)
    return stop.position, f"the file is not YAML: {message}", None


# ------------------------------------------------------------------ indentation


def _misplaced(stop: Stop) -> Advice:
    """A key or value that belongs to nothing above it."""
    if stop.char and stop.char in "]}":
        return stop.position, f"unexpected {stop.char!r}", "remove it"
    if stop.before.strip():
        if stop.before.rstrip()[-1] in QUOTES:
            return stop.position, "text after the closing quote", "quote all of it; a ' inside '...' is written ''"
        return stop.position, "unexpected text after a complete value", "check the quotes, or begin a new line"
    return _badly_indented(stop)


def _badly_indented(stop: Stop) -> Advice:
    where = (stop.line, stop.indent)
    message = f"this line is indented by {counted(stop.indent, 'space')}, which matches no line above it"
    is_dash = bool(DASH.match(stop.text.strip()))
    levels = [level for level in stop.open_levels if level.is_dash == is_dash]
    if not levels:
        return where, message, "indent it like the lines that it belongs to"
    # Of two levels that are equally near, the inner one, as if a space were missing.
    nearest = min(levels, key=lambda level: (abs(level.column - stop.indent), -level.column))
    if nearest.column == stop.indent:
        return where, "this line belongs to nothing above it", "check the ':' and the '-' of the lines around it"
    hint = f"indent it by {counted(nearest.column, 'space')}" if nearest.column else "do not indent it"
    return where, message, f"{hint}, as on line {nearest.line + 1}"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# ------------------------------------------------------------------ keys, quotes and brackets


def _unexpected_colon(stop: Stop) -> Advice:
    """A `key:` where only a value is allowed."""
    quote_it = "put a text that contains ': ' in quotes"
    if ": " in stop.before:
        return stop.position, "a second ':' in this line", quote_it
    above = (n for n in range(stop.line - 1, -1, -1) if stop.lines[n].strip() and stop.lines[n].strip()[0] != "#")
    number = next(above, None)
    if number is None:
        return stop.position, "unexpected ':'", quote_it
    if not KEY.search(stop.lines[number]):
        return (number, _indent(stop.lines[number])), *AT_CONSTRUCT["could not find expected ':'"]
    return _badly_indented(stop)


def _bare_glob(stop: Stop) -> Advice:
    """An unquoted `*.mine`, which YAML takes for an alias."""
    start = max(stop.column - 1, 0)  # libyaml stops behind the `*`
    glob = GLOB.match(stop.text, start)
    hint = f'write "{glob[0]}"' if glob else "put it in quotes"
    return (stop.line, start), f"a text that begins with {stop.text[start : start + 1]!r} needs quotes", hint


def _unclosed(stop: Stop, what: str, opening: str, closing: str) -> Advice:
    if comment := _comment_inside(stop, stop.construct):
        return comment
    if stop.construct[0] == stop.line:
        return stop.position, f"missing ',' or {closing!r} in the {what}", None
    return stop.construct, f"the {what} that begins with this {opening!r} is never closed", f"add a {closing!r}"


def _comment_inside(stop: Stop, begin: Position) -> Advice | None:
    """A `#` at the beginning of a list entry, between *begin* and the stop, that was meant as text."""
    first, start = begin
    for number in range(first, min(stop.line + 1, len(stop.lines))):
        match = COMMENT_IN_LIST.search(stop.lines[number], start if number == first else 0)
        if match and (number, match.end()) <= stop.position:
            hint = "put a text that begins with '#' in quotes"
            return (number, match.end() - 1), "this '#' begins a comment, which hides the rest of the line", hint
    return None


ADVISERS: dict[str, Callable[[Stop], Advice]] = {
    "did not find expected key": _misplaced,
    "did not find expected '-' indicator": _misplaced,
    "mapping values are not allowed in this context": _unexpected_colon,
    "found character that cannot start any token": lambda stop: (
        (stop.position, *TAB)
        if stop.char == "\t"
        else (stop.position, f"a text that begins with {stop.char!r} needs quotes", "put it in quotes")
    ),
    "did not find expected alphabetic or numeric character": _bare_glob,
    "did not find expected ',' or ']'": lambda stop: _unclosed(stop, "list", "[", "]"),
    "did not find expected ',' or '}'": lambda stop: _unclosed(stop, "map", "{", "}"),
    # The parser is still looking for the rest of a list that a comment has swallowed, up to two lines above.
    "did not find expected node content": lambda stop: (
        _comment_inside(stop, (max(stop.line - 2, 0), 0)) or (stop.position, "missing value", None)
    ),
}
"""For messages of libyaml: the function that finds the advice."""
