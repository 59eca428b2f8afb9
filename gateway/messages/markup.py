"""The Markdown of messages, read once and written for each kind of service.

Templates use a small Markdown: `**bold**`, `*italic*`, `` `code` ``, `[text](url)`, `# heading`,
`- item`, `> quote`, a blank line between paragraphs. A backslash before punctuation makes it
literal (so `escaping.escape` keeps values literal), and whatever is not in this list is literal.
When written, literal text is escaped for the reader's service, so that it shows just as it is.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.memo import memoize_small
from gateway.messages.escaping import WORD_JOINER, safe_link

ELLIPSIS = "\u2026"


class Markup(StrEnum):
    """What a service shows."""

    TEXT = "text"
    MARKDOWN = "markdown"
    """CommonMark and what chat services made of it."""
    SLACK = "slack"
    """Slack's mrkdwn: no backslash escapes, entities for `&<>`, links as `<url|text>`."""
    HTML = "html"


# ------------------------------------------------------------------ the document


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    inside: Spans


@dataclass(frozen=True, slots=True)
class Emphasis:
    inside: Spans


@dataclass(frozen=True, slots=True)
class Link:
    inside: Spans
    url: str


Span = Text | Code | Strong | Emphasis | Link
Spans = tuple[Span, ...]


class LineKind(StrEnum):
    PLAIN = "plain"
    BLANK = "blank"
    HEADING = "heading"
    ITEM = "item"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Line:
    kind: LineKind
    spans: Spans = ()


Document = tuple[Line, ...]
BLANK = Line(LineKind.BLANK)

# ------------------------------------------------------------------ reading

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
    """The document that *markdown* writes."""
    lines: list[Line] = []
    for source in markdown.splitlines():
        if not source.strip():
            if lines and lines[-1] is not BLANK:
                lines.append(BLANK)
            continue
        lines.append(_line(source))
    while lines and lines[-1] is BLANK:
        lines.pop()
    return tuple(lines)


def literal(text: str) -> Document:
    """A document that shows just *text*."""
    return tuple(Line(LineKind.PLAIN, (Text(line),)) if line.strip() else BLANK for line in text.splitlines())


def titled(title: str, body: Document) -> Document:
    """*body* under *title*, for services without a title of their own."""
    return (Line(LineKind.HEADING, (Text(title),)), *((BLANK, *body) if body else ())) if title else body


@memoize_small(len)
def _line(source: str) -> Line:
    for mark, kind in LINE_MARKS:
        if found := mark.match(source):
            return Line(kind, _spans(source[found.end() :]))
    return Line(LineKind.PLAIN, _spans(source))


def _spans(source: str) -> Spans:
    """The spans of one line; a `*` that is never closed is literal, a `**` (bold over a line break) is left out."""
    open_marks: list[str] = []
    levels: list[list[Span]] = [[]]
    at = 0
    for token in TOKEN.finditer(source):
        _add(levels[-1], source[at : token.start()])
        at = token.end()
        mark = token["mark"]
        if token["literal"]:
            _add(levels[-1], token["literal"])
        elif token["code"]:
            levels[-1].append(Code(ESCAPED.sub(r"\1", token["code"]).replace(WORD_JOINER, "")))
        elif mark is None:
            _add_link(levels[-1], token)
        elif mark in open_marks and _closes(source, token):
            while (last := open_marks.pop()) != mark:
                _unwind(levels, last)
            inside = tuple(levels.pop())
            levels[-1].append(Strong(inside) if len(mark) == 2 else Emphasis(inside))
        elif mark not in open_marks and _opens(source, token):
            open_marks.append(mark)
            levels.append([])
        elif len(mark) == 1:
            _add(levels[-1], mark)
    _add(levels[-1], source[at:])
    while open_marks:
        _unwind(levels, open_marks.pop())
    return tuple(levels[0])


def _add(spans: list[Span], text: str) -> None:
    text = text.replace(WORD_JOINER, "")
    if not text:
        return
    last = spans[-1] if spans else None
    if isinstance(last, Text):
        spans[-1] = Text(last.text + text)
    else:
        spans.append(Text(text))


def _add_link(spans: list[Span], token: re.Match[str]) -> None:
    url = safe_link(ESCAPED.sub(r"\1", token["url"]).replace(WORD_JOINER, ""))
    label = _spans(token["label"])
    if url and label:
        spans.append(Link(label, url))
    else:
        _add(spans, ESCAPED.sub(r"\1", token[0]))


def _unwind(levels: list[list[Span]], mark: str) -> None:
    inside = levels.pop()
    if len(mark) == 1:
        _add(levels[-1], mark)
    for span in inside:
        if isinstance(span, Text):
            _add(levels[-1], span.text)
        else:
            levels[-1].append(span)


def _opens(source: str, token: re.Match[str]) -> bool:
    after, before = source[token.end() : token.end() + 1], source[: token.start()][-1:]
    return bool(after.strip()) and not (token[0][0] == "_" and before.isalnum())


def _closes(source: str, token: re.Match[str]) -> bool:
    after, before = source[token.end() : token.end() + 1], source[: token.start()][-1:]
    return bool(before.strip()) and not (token[0][0] == "_" and after.isalnum())


# ------------------------------------------------------------------ writing

MENTION = re.compile(r"(?<![\w.+-])@(?=[\w&!])")
"""Not the @ of an e-mail address."""
TAG = re.compile(r"<(?=[A-Za-z/!@#?&])")
MARKDOWN_MARK = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|$)
    | (?<!\s)\* | \*(?!\s)
    | (?<![^\W_])_ | _(?![^\W_])
    | [`\[\]] | ~(?=~) | (?<=~)~ | \|(?=\|) | (?<=\|)\|
    | &(?=\#?\w{1,32};)""",
    re.VERBOSE,
)
MARKDOWN_LINE_START = re.compile(r"^(\s*)(?:(\d{1,9})([.)])(?=\s|$)|([-+#>=]))")
SLACK_MARK = re.compile(r"(?<!\w)[*_~`](?=\S)|(?<=\S)[*_~`](?!\w)")
SLACK_CONTROL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def write(document: Document, markup: Markup, *, breaks_mentions: bool = False) -> str:
    """*document* as *markup*.

    *breaks_mentions* puts an invisible character into `@name` and `<tag>`, for services that take
    even escaped or plain text for a mention. Markdown always has it.
    """
    writer = _Writer(markup, breaks_mentions or markup is Markup.MARKDOWN)
    return writer.html(document) if markup is Markup.HTML else writer.lines(document)


def fit(document: Document, markup: Markup, most: int, *, breaks_mentions: bool = False) -> str:
    """`write`, with so much of the text left out at the end, for an ellipsis, that it has at most *most* characters."""
    written = write(document, markup, breaks_mentions=breaks_mentions)
    if len(written) <= most:
        return written
    low, high = 0, sum(_length(line.spans) for line in document)
    best = ""
    while low <= high:
        middle = (low + high) // 2
        written = write(cut(document, middle), markup, breaks_mentions=breaks_mentions)
        if len(written) <= most:
            best, low = written, middle + 1
        else:
            high = middle - 1
    return best


def cut(document: Document, most: int, marker: str = ELLIPSIS) -> Document:
    """The first *most* characters of the text of *document*, then *marker*."""
    lines: list[Line] = []
    for line in document:
        length = _length(line.spans)
        if length >= most:
            lines.append(replace(line, spans=(*_cut(line.spans, most), Text(marker))))
            break
        lines.append(line)
        most -= length
    return tuple(lines)


def _length(spans: Spans) -> int:
    return sum(len(span.text) if isinstance(span, Text | Code) else _length(span.inside) for span in spans)


def _cut(spans: Spans, most: int) -> Spans:
    kept: list[Span] = []
    for span in spans:
        if most <= 0:
            break
        if isinstance(span, Text | Code):
            kept.append(replace(span, text=span.text[:most].rstrip() if len(span.text) > most else span.text))
            most -= len(span.text)
        else:
            length = _length(span.inside)
            kept.append(span if length <= most else replace(span, inside=_cut(span.inside, most)))
            most -= length
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class _Writer:
    markup: Markup
    breaks_mentions: bool

    def lines(self, document: Document) -> str:
        markdown = self.markup is Markup.MARKDOWN
        written: list[str] = []
        for place, line in enumerate(document):
            text = self.line(line)
            follows = document[place + 1].kind if place + 1 < len(document) else LineKind.BLANK
            if markdown and line.kind in (LineKind.PLAIN, LineKind.QUOTE) and follows is line.kind:
                text += "  "  # a hard line break
            written.append(text)
        return "\n".join(written)

    def line(self, line: Line) -> str:
        text = self.spans(line.spans)
        match line.kind:
            case LineKind.BLANK:
                return ""
            case LineKind.ITEM:
                return ("\u2022 " if self.markup is Markup.SLACK else "- ") + text
            case LineKind.QUOTE:
                return "> " + text
            case LineKind.HEADING:
                return self.strong(text)
        if self.markup is Markup.MARKDOWN and line.spans and isinstance(line.spans[0], Text):
            return MARKDOWN_LINE_START.sub(_escape_line_start, text)
        return text

    def spans(self, spans: Spans) -> str:
        return "".join(self.span(span) for span in spans)

    def span(self, span: Span) -> str:
        match span:
            case Text(text):
                return self.text(text)
            case Code(text):
                return self.code(text)
            case Strong(inside):
                return self.strong(self.spans(inside))
            case Emphasis(inside):
                return self.emphasis(self.spans(inside))
            case Link(inside, url):
                return self.link(self.spans(inside), url)

    def text(self, text: str) -> str:
        if self.markup is Markup.MARKDOWN:
            text = MARKDOWN_MARK.sub(r"\\\g<0>", text)
        elif self.markup is Markup.SLACK:
            text = SLACK_MARK.sub(rf"{WORD_JOINER}\g<0>{WORD_JOINER}", text).translate(SLACK_CONTROL)
        if self.breaks_mentions:
            text = MENTION.sub(f"@{WORD_JOINER}", text)
            if self.markup is not Markup.SLACK:
                text = TAG.sub(f"<{WORD_JOINER}", text)
        return html.escape(text, quote=False) if self.markup is Markup.HTML else text

    def code(self, text: str) -> str:
        if "`" in text and self.markup is not Markup.HTML:
            return self.text(text)
        match self.markup:
            case Markup.TEXT:
                return self.text(text)
            case Markup.HTML:
                return f"<code>{html.escape(text, quote=False)}</code>"
            case Markup.SLACK:
                return f"`{text.translate(SLACK_CONTROL)}`"
        return f"`{TAG.sub(f'<{WORD_JOINER}', text)}`"

    def strong(self, text: str) -> str:
        return self._marked(text, {Markup.MARKDOWN: "**", Markup.SLACK: "*", Markup.HTML: "strong"})

    def emphasis(self, text: str) -> str:
        return self._marked(text, {Markup.MARKDOWN: "*", Markup.SLACK: "_", Markup.HTML: "em"})

    def _marked(self, text: str, marks: dict[Markup, str]) -> str:
        mark = marks.get(self.markup)
        if mark is None or not text.strip():
            return text
        if self.markup is Markup.HTML:
            return f"<{mark}>{text}</{mark}>"
        inside = text.strip()
        before, after = text[: text.index(inside)], text[text.index(inside) + len(inside) :]
        return f"{before}{mark}{inside}{mark}{after}"

    def link(self, label: str, url: str) -> str:
        match self.markup:
            case Markup.MARKDOWN:
                return f"[{label}]({url})"
            case Markup.SLACK:
                return f"<{url.translate(SLACK_CONTROL)}|{label.replace('|', chr(0x2502))}>"
            case Markup.HTML:
                return f'<a href="{html.escape(url)}">{label}</a>'
        return url if label in (url, "Open") else f"{label} ({url})"

    def html(self, document: Document) -> str:
        """Blocks of `<p>`, `<ul>` and `<blockquote>`."""
        blocks: list[str] = []
        group: list[Line] = []
        for line in (*document, BLANK):
            if group and line.kind is not group[-1].kind:
                blocks.append(self._block(group))
                group = []
            if line.kind is not LineKind.BLANK:
                group.append(line)
        return "\n".join(blocks)

    def _block(self, lines: list[Line]) -> str:
        texts = [self.spans(line.spans) for line in lines]
        match lines[0].kind:
            case LineKind.ITEM:
                return "<ul>" + "".join(f"<li>{text}</li>" for text in texts) + "</ul>"
            case LineKind.QUOTE:
                return "<blockquote>" + "<br/>\n".join(texts) + "</blockquote>"
            case LineKind.HEADING:
                return "\n".join(f"<p><strong>{text}</strong></p>" for text in texts)
        return "<p>" + "<br/>\n".join(texts) + "</p>"


def _escape_line_start(found: re.Match[str]) -> str:
    space, number, dot, mark = found.groups()
    return f"{space}{number}\\{dot}" if number else f"{space}\\{mark}"
