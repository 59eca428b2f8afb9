"""What a person must change where the text is no YAML: the parser's words made advice.

libyaml says where it stumbled and what it looked for. The lines around that place tell what the
writer meant: a tab, a quote that is not closed, a glob without quotes, a line indented by one too few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.model import Place, Problem

BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""A line's end, as libyaml counts lines."""
KEY = re.compile(r"(?:[^\s\"'#\[\]{},&*!|>%@`-][^:#]*|-[^\s:][^:#]*|\"[^\"]*\"|'[^']*')\s*:(?:\s|\Z)")
DASH = re.compile(r"-(?:\s+|\Z)")
BLOCK_TEXT = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?\Z")
WORD = re.compile(r"[^\s,\]}]*")
COMMENT_IN_LIST = re.compile(r"[\[{,]\s*#")
QUOTES = "\"'"


Position = tuple[int, int]
"""Line and column, from 0."""


@dataclass(frozen=True)
class Level:
    """A column where keys, or dashes, of an open map or list stand."""

    column: int
    line: int
    is_dash: bool


@dataclass(frozen=True)
class Slip:
    """Where the parser stopped, counting from 0, and where what it was reading began."""

    lines: list[str]
    line: int
    column: int
    begin: Position

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
        return len(self.text) - len(self.text.lstrip(" "))


Advice = tuple[Position, str, str | None]
"""(where, what is wrong, what to do)."""

TAB = ("a tab stands here", "indent with blanks")
ESCAPE = ("the '\\' begins an escape that does not exist", "write '\\\\', or put the text in single quotes")
DIRECTIVE = ("a line that begins with '%' has no meaning here", "remove it")
QUOTE = ("the quote that opens here is never closed", "put the same quote behind the text")

HERE = {
    "block sequence entries are not allowed in this context": (
        "a list with dashes cannot begin on the line of its key",
        "begin it on the next line",
    ),
    "found unknown escape character": ESCAPE,
    "found invalid Unicode character escape code": ESCAPE,
    "found incompatible YAML document": DIRECTIVE,
    "did not find expected <document start>": ("the line '...' above ended the document", "remove it"),
}
"""Where the parser stumbled."""
AT_BEGINNING = {
    "could not find expected ':'": ("this line has no ':'", "write it as 'key: value'"),
    "found unexpected end of stream": QUOTE,
    "found unexpected document indicator": QUOTE,
    "found unknown directive name": DIRECTIVE,
}
"""Where that began which it was reading."""


def problem_of(said: str, stopped: Position | None, begin: Position | None, text: str, file: str) -> Problem:
    """The one problem that ended the reading of *text*: what the parser said, where, and where that began."""
    at = stopped or begin
    if at is None:
        return Problem(Place(file), "", f"this is not YAML: {said}")
    (line, column), message, hint = _advise(said, Slip(BREAK.split(text), *at, begin or at))
    return Problem(Place(file, line + 1, column + 1), "", message, hint)


def _advise(problem: str, slip: Slip) -> Advice:
    here = (slip.line, slip.column)
    if problem in ADVISERS:
        return ADVISERS[problem](slip)
    if problem in HERE:
        return (here, *HERE[problem])
    if problem in AT_BEGINNING:
        return (slip.begin, *AT_BEGINNING[problem])
    if "tab character" in problem:
        return (here, *TAB)
    return here, f"this is not YAML: {problem}", None


# ------------------------------------------------------------------ indentation


def _misplaced(slip: Slip) -> Advice:
    """Something that belongs to nothing above it."""
    here = (slip.line, slip.column)
    if slip.char and slip.char in "]}":
        return here, f"there is one {slip.char!r} too many", "remove it"
    if slip.before.strip():
        if slip.before.rstrip()[-1] in QUOTES:
            return here, "text stands behind the closing quote", "quote all of it; a ' inside '...' is written ''"
        return here, "this cannot stand behind what is before it", "check the quotes, or begin a new line"
    return _badly_indented(slip)


def _badly_indented(slip: Slip) -> Advice:
    here = (slip.line, slip.indent)
    message = f"this line is indented by {_blanks(slip.indent)}, which fits no line above it"
    is_dash = bool(DASH.match(slip.text.strip()))
    levels = [one for one in _levels(slip.lines[: slip.line]) if one.is_dash == is_dash]
    if not levels:
        return here, message, "indent it like the lines it belongs to"
    nearest = min(levels, key=lambda one: (abs(one.column - slip.indent), -one.column))
    if nearest.column == slip.indent:
        return here, "this line belongs to nothing above it", "check the ':' and the '-' of the lines around it"
    hint = f"indent it by {_blanks(nearest.column)}" if nearest.column else "do not indent it"
    return here, message, f"{hint}, as on line {nearest.line + 1}"


def _blanks(count: int) -> str:
    return "1 blank" if count == 1 else f"{count} blanks"


def _levels(lines: list[str]) -> list[Level]:
    """The levels that are open at the end of *lines*, the outermost first."""
    open_levels: list[Level] = []
    text_below: int | None = None
    for number, line in enumerate(lines):
        content = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if not content or content.startswith("#") or (text_below is not None and indent > text_below):
            continue
        text_below = indent if BLOCK_TEXT.search(content) else None
        found = list(_levels_of(line, indent, number))
        if found:
            open_levels = [one for one in open_levels if one.column < indent] + found
    return open_levels


def _levels_of(line: str, column: int, number: int) -> Iterator[Level]:
    while dash := DASH.match(line, column):
        yield Level(column, number, is_dash=True)
        column = dash.end()
    if KEY.match(line, column):
        yield Level(column, number, is_dash=False)


# ------------------------------------------------------------------ the rest


def _second_colon(slip: Slip) -> Advice:
    """A `key:` where only a value can stand."""
    here = (slip.line, slip.column)
    if ": " in slip.before:
        return here, "a second ':' stands in this line", "put a text that holds ': ' in quotes"
    above = next((number for number in range(slip.line - 1, -1, -1) if _says_something(slip.lines[number])), None)
    if above is None:
        return here, "a ':' cannot stand here", "put a text that holds ': ' in quotes"
    if not KEY.search(slip.lines[above]):
        column = len(slip.lines[above]) - len(slip.lines[above].lstrip(" "))
        return (above, column), "this line has no ':'", "write it as 'key: value'"
    return _badly_indented(slip)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def _bare_glob(slip: Slip) -> Advice:
    """A `*.mine`, which YAML takes for an alias."""
    start = max(slip.column - 1, 0)
    word = WORD.match(slip.text, start)
    hint = f'write "{word[0]}"' if word else None
    return (slip.line, start), f"a text that begins with {slip.text[start : start + 1]!r} needs quotes", hint


def _forbidden_start(slip: Slip) -> Advice:
    here = (slip.line, slip.column)
    if slip.char == "\t":
        return (here, *TAB)
    return here, f"a text that begins with {slip.char!r} needs quotes", "put it in quotes"


def _unclosed_list(slip: Slip) -> Advice:
    return _unclosed(slip, "list", "[", "]")


def _unclosed_map(slip: Slip) -> Advice:
    return _unclosed(slip, "map", "{", "}")


def _unclosed(slip: Slip, what: str, opening: str, closing: str) -> Advice:
    if comment := _comment_inside(slip, slip.begin):
        return comment
    if slip.begin[0] == slip.line:
        return (slip.line, slip.column), f"a ',' or the {closing!r} of the {what} is missing here", None
    return slip.begin, f"the {what} that {opening!r} opens here is not closed", f"put a {closing!r} at its end"


def _no_value(slip: Slip) -> Advice:
    above = (max(slip.line - 1, 0), 0)
    return _comment_inside(slip, above) or ((slip.line, slip.column), "a value is missing here", "write it")


def _comment_inside(slip: Slip, begin: Position) -> Advice | None:
    """A `#` at the beginning of a list's entry, between *begin* and where it went wrong: it was meant as text."""
    first, start = begin
    for number in range(first, min(slip.line + 1, len(slip.lines))):
        found = COMMENT_IN_LIST.search(slip.lines[number], start if number == first else 0)
        if found and (number, found.end()) <= (slip.line, slip.column):
            hint = "put a text that begins with '#' in quotes"
            return (number, found.end() - 1), "this '#' begins a comment, and hides the rest of the line", hint
    return None


ADVISERS: dict[str, Callable[[Slip], Advice]] = {
    "did not find expected key": _misplaced,
    "did not find expected '-' indicator": _misplaced,
    "mapping values are not allowed in this context": _second_colon,
    "found character that cannot start any token": _forbidden_start,
    "did not find expected alphabetic or numeric character": _bare_glob,
    "did not find expected ',' or ']'": _unclosed_list,
    "did not find expected ',' or '}'": _unclosed_map,
    "did not find expected node content": _no_value,
}
"""What libyaml says -> what it means."""
