"""Parses the small Markdown of message templates.

It has `**bold**`, `*italic*`, `` `code` ``, `[text](url)`, `# heading`, `- item`, `> quote`, and a blank line between
paragraphs. A backslash before punctuation makes it literal, which is how `escaping.escape` keeps the values of an event
literal. Everything else is literal too.
"""

from __future__ import annotations

import re

from gateway.memo import memoize_small
from gateway.messages.escaping import safe_link
from gateway.messages.invisible import WORD_JOINER
from gateway.messages.markup.document import (
    BLANK,
    Code,
    Document,
    Emphasis,
    Line,
    LineKind,
    Link,
    Span,
    Spans,
    Strong,
    Text,
)

LINE_MARKS = (
    (re.compile(r"#{1,6}[ \t]+(?=\S)"), LineKind.HEADING),
    (re.compile(r"[ \t]*[-*][ \t]+(?=\S)"), LineKind.ITEM),
    (re.compile(r"> ?"), LineKind.QUOTE),
)
TOKEN = re.compile(
    r"""\\(?P<literal>[!-/:-@\[-`{-~])
    | `(?P<code>(?:\\.|[^`\\])+)`
    | \[(?P<label>(?:\\.|[^\[\]\\])*)\]\((?P<url>(?:\\.|[^()\\\s])*)\)
    | (?P<mark>\*\*|__|\*|_)""",
    re.VERBOSE,
)
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@memoize_small(len)
def parse(markdown: str) -> Document:
    """The document that *markdown* describes, without blank lines at either end or more than one in a row."""
    lines: list[Line] = []
    for source in markdown.splitlines():
        if source.strip():
            lines.append(_parse_line(source))
        elif lines and lines[-1] is not BLANK:
            lines.append(BLANK)
    if lines and lines[-1] is BLANK:
        lines.pop()
    return tuple(lines)


@memoize_small(len)
def _parse_line(source: str) -> Line:
    for mark, kind in LINE_MARKS:
        if match := mark.match(source):
            return Line(kind, _parse_spans(source[match.end() :]))
    return Line(LineKind.PLAIN, _parse_spans(source))


def _parse_spans(source: str) -> Spans:
    """The spans of one line.

    Bold and italic nest, so the parser keeps two stacks: `open_marks` has the marks that wait for their end, outermost
    first, and `levels` has what was read inside each of them, on top of what belongs to the line itself. `levels` is
    therefore always one longer. A mark that closes takes its level off and becomes one span of the level below. A mark
    that was opened inside it and not closed before it (`**a *b** c`) opened nothing, and neither did one that is still
    open at the end of the line: its level is merged into the one below. Such a `*` is literal; a `**` or `__` is left
    out, as it most likely is bold text that went on over a line break.

    A link is one token, label and URL included: no mark reaches into or out of its label, which is parsed by itself.
    The label cannot hold a link, as an unescaped bracket ends the match.

    Text is collected in pieces and joined when a level ends. Joining at once would take quadratic time.
    """
    open_marks: list[str] = []
    levels: list[list[Span | str]] = [[]]
    end = 0
    for token in TOKEN.finditer(source):
        levels[-1].append(source[end : token.start()])
        end = token.end()
        mark = token["mark"]
        if mark is None:
            levels[-1].append(_parse_token(token))
            continue
        # As in CommonMark, an opening mark is followed by text and a closing one preceded by it, and `_` inside a word
        # is no mark.
        before, after = source[max(0, token.start() - 1) : token.start()], source[end : end + 1]
        can_open = bool(after.strip()) and not (mark[0] == "_" and before.isalnum())
        can_close = bool(before.strip()) and not (mark[0] == "_" and after.isalnum())
        if mark in open_marks and can_close:
            while (unclosed := open_marks.pop()) != mark:
                _merge_unclosed(levels, unclosed)
            inside = _join_text(levels.pop())
            levels[-1].append(Strong(inside) if len(mark) == 2 else Emphasis(inside))
        elif mark not in open_marks and can_open:
            open_marks.append(mark)
            levels.append([])
        elif len(mark) == 1:
            levels[-1].append(mark)
    levels[-1].append(source[end:])
    while open_marks:
        _merge_unclosed(levels, open_marks.pop())
    return _join_text(levels[0])


def _parse_token(token: re.Match[str]) -> Span | str:
    """A literal character, code or a link; a link to an unsafe address is shown as it was written."""
    if token["literal"]:
        return token["literal"]
    if token["code"]:
        return Code(ESCAPED.sub(r"\1", token["code"]).replace(WORD_JOINER, ""))
    url = safe_link(ESCAPED.sub(r"\1", token["url"]).replace(WORD_JOINER, ""))
    label = _parse_spans(token["label"])
    return Link(label, url) if url and label else ESCAPED.sub(r"\1", token[0])


def _merge_unclosed(levels: list[list[Span | str]], mark: str) -> None:
    inside = levels.pop()
    if len(mark) == 1:
        levels[-1].append(mark)
    levels[-1] += inside


def _join_text(pieces: list[Span | str]) -> Spans:
    """The spans, with neighbouring pieces of text joined, so that a URL in several pieces is found."""
    spans: list[Span] = []
    texts: list[str] = []
    for piece in (*pieces, None):
        if isinstance(piece, str):
            texts.append(piece)
            continue
        # The character with which writers break mentions is removed, since only they may use it.
        if text := "".join(texts).replace(WORD_JOINER, ""):
            spans.append(Text(text))
        texts.clear()
        if piece is not None:
            spans.append(piece)
    return tuple(spans)
