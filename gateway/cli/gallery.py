"""Pages that show messages as services would: mails in frames, cards and texts as sketches of what services draw."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from gateway.cli.table import COLOURS
from gateway.messages import markup
from gateway.messages.markup import Markup
from gateway.messages.measure import describe_sms

if TYPE_CHECKING:
    from gateway.delivery.preview import Preview
    from gateway.sending.recording import Request

KINDS = ("mail", "slack", "teams", "discord", "telegram", "sms", "ntfy", "pushover", "gotify", "mattermost", "event")
WIDTHS, SCHEMES = (600, 360), ("light", "dark")
SLACK_LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")
SLACK_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
TAG = re.compile(r"<[^>]+>")
SLACK_BOLD, SLACK_ITALIC = re.compile(r"\*([^*\n]+)\*"), re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)")
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:24px;background:#f4f4f6;color:#1d1c1d}
h1{font-size:20px}h2{font-size:14px;margin:28px 0 8px;color:#555;text-transform:uppercase;letter-spacing:.05em}
a{color:#1264a3}table{border-collapse:collapse;background:#fff}
td,th{padding:6px 12px;text-align:left;border-bottom:1px solid #e5e5e5}
.frames{display:flex;flex-wrap:wrap;gap:16px}iframe{border:1px solid #ccc;height:720px;background:#fff}
.card{background:#fff;max-width:640px;padding:12px 16px;border-radius:6px;border:1px solid #ddd}
.card{overflow-wrap:anywhere}.card p{margin:0 0 6px}.text{white-space:pre-wrap}
.bar{border-left:4px solid #999;padding-left:12px;margin:8px 0}.head{font-weight:700;font-size:17px}
.facts{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin:8px 0}.dim{color:#777;font-size:12px}
.button{display:inline-block;border:1px solid #aaa;border-radius:4px;padding:4px 12px;margin:6px 6px 0 0}
.button{font-weight:600}
.sms{background:#e5e5ea;border-radius:18px;max-width:300px;padding:10px 14px}
.sms{white-space:pre-wrap;overflow-wrap:anywhere}
.discord{background:#2b2d31;color:#dbdee1}.discord a{color:#00a8fc}
pre{background:#fff;padding:12px;overflow:auto;max-width:900px}
"""


def write_gallery(folder: Path, shown: Mapping[str, Sequence[Preview]]) -> None:
    """A page for each notification, by its id, with all of its previews; and `index.html`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for id, previews in shown.items():
        message = previews[0].message
        sections = "".join(f"<h2>{escape(item.kind)}</h2>{''.join(_sections(item))}" for item in previews)
        heading = f'<p><a href="index.html">All messages</a></p><h1>{escape(id)}</h1>'
        (folder / f"{id}.html").write_text(_page(id, heading + sections), "utf-8")
        cells = (f'<a href="{escape(id)}.html">{escape(id)}</a>', escape(message.title), escape(message.short))
        badge = f'<span style="color:{COLOURS[message.severity].removeprefix("bright_")}">{message.severity}</span>'
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in (cells[0], badge, *cells[1:])) + "</tr>")
    table = "<tr><th>notification</th><th>severity</th><th>title</th><th>short</th></tr>" + "".join(rows)
    page = _page("Messages", f"<h1>{len(rows)} messages</h1><table>{table}</table>")
    (folder / "index.html").write_text(page, "utf-8")


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f"<!doctype html><html lang=en><head>{head}<style>{STYLE}</style></head><body>{body}</body></html>"


def _sections(item: Preview) -> Iterator[str]:
    for request in item.requests:
        yield from _sketch(item.kind, request) if request.url else _mail(request.body)
    if item.fault:
        yield f"<p>The service would not get it: {escape(item.fault)}</p>"


def _mail(source: bytes) -> Iterator[str]:
    mail = email.message_from_bytes(source, policy=email.policy.default)
    yield f"<p><b>{escape(str(mail['Subject']))}</b> <span class=dim>{escape(str(mail['From']))}</span></p>"
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    if html is not None:
        content = escape(str(html.get_content()))
        frames = (
            f'<iframe sandbox width="{width}" style="color-scheme:{scheme}" srcdoc="{content}"></iframe>'
            for width in WIDTHS
            for scheme in SCHEMES
        )
        yield f"<div class=frames>{''.join(frames)}</div>"
    if text is not None:
        yield f"<pre>{escape(str(text.get_content()))}</pre>"


def _sketch(kind: str, request: Request) -> Iterator[str]:
    text = request.body.decode("utf-8", "replace")
    try:
        content = json.loads(text)
    except ValueError:
        content = dict(parse_qsl(text))
    if kind == "sms":
        yield f"<div class=sms>{escape(content['Body'])}</div><p class=dim>{escape(describe_sms(content['Body']))}</p>"
        return
    if kind == "slack":
        yield f"<div class=card>{''.join(_slack(content))}</div>"
    elif kind == "teams":
        for attachment in content.get("attachments", []):
            card = attachment["content"]
            parts = "".join(map(_teams, [*card.get("body", []), *card.get("actions", [])]))
            yield f"<div class=card>{parts}</div>"
    elif kind == "discord":
        embeds = "".join(map(_embed, content.get("embeds", [])))
        yield f'<div class="card discord">{_markdown(content.get("content", ""))}{embeds}</div>'
    elif kind != "event":
        title = f"<div class=head>{escape(str(content['title']))}</div>" if content.get("title") else ""
        body = str(content.get("message") or content.get("text") or "")
        is_html = kind in ("telegram", "pushover")
        plain = unescape(TAG.sub("", body.replace("<br>", "\n")))
        shown = f"<div class=text>{escape(plain)}</div>" if is_html else _markdown(body)
        more = ", ".join(f"{key}: {content[key]}" for key in ("priority", "tags", "click") if key in content)
        yield f"<div class=card>{title}{shown}<div class=dim>{escape(more)}</div></div>"
    payload = json.dumps(content, indent=2, ensure_ascii=False)
    is_open = " open" if kind == "event" else ""
    yield f"<details{is_open}><summary>payload</summary><pre>{escape(payload)}</pre></details>"


def _markdown(text: str) -> str:
    return markup.write(markup.parse(text), Markup.HTML)


def _mrkdwn(text: str) -> str:
    """Slack's markup as HTML; whatever is not a link, bold or italic is text."""
    pieces: list[str] = []
    text, end = SLACK_DATE.sub(r"\1", text), 0
    for link in SLACK_LINK.finditer(text):
        pieces.append(_emphasized(text[end : link.start()]))
        label = unescape(link[2] or link[1])
        pieces.append(f'<a href="{escape(unescape(link[1]))}">{escape(label)}</a>')
        end = link.end()
    return "".join([*pieces, _emphasized(text[end:])])


def _emphasized(text: str) -> str:
    return SLACK_ITALIC.sub(r"<i>\1</i>", SLACK_BOLD.sub(r"<b>\1</b>", escape(unescape(text))))


def _slack(content: Mapping[str, Any]) -> Iterator[str]:
    yield from map(_slack_block, content.get("blocks", []))
    for attachment in content.get("attachments", []):
        inner = "".join(map(_slack_block, attachment.get("blocks", [])))
        yield f'<div class=bar style="border-color:{escape(attachment.get("color", "#999"))}">{inner}</div>'


def _slack_block(block: Mapping[str, Any]) -> str:
    def text_of(part: Mapping[str, Any]) -> str:
        is_plain = part.get("type") == "plain_text"
        return escape(unescape(part["text"])) if is_plain else _mrkdwn(part.get("text", ""))

    match block["type"]:
        case "header":
            return f"<div class=head>{text_of(block['text'])}</div>"
        case "section":
            text = f"<div class=text>{text_of(block['text'])}</div>" if "text" in block else ""
            fields = "".join(f"<div class=text>{text_of(field)}</div>" for field in block.get("fields", []))
            return text + (f"<div class=facts>{fields}</div>" if fields else "")
        case "actions":
            return "".join(f"<span class=button>{text_of(element['text'])}</span>" for element in block["elements"])
        case "context":
            return f"<div class=dim>{' '.join(text_of(element) for element in block['elements'])}</div>"
    return ""


def _teams(element: Mapping[str, Any]) -> str:
    match element["type"]:
        case "Container":
            return f"<div class=bar>{''.join(map(_teams, element['items']))}</div>"
        case "TextBlock":
            kind = "head" if element.get("weight") == "Bolder" else "dim" if element.get("isSubtle") else ""
            return f'<div class="{kind}">{_markdown(element["text"])}</div>'
        case "FactSet":
            facts = (
                f"<b>{escape(fact['title'])}</b><span>{_markdown(fact['value'])}</span>" for fact in element["facts"]
            )
            return f"<div class=facts>{''.join(facts)}</div>"
        case "Action.OpenUrl":
            return f"<span class=button>{escape(element['title'])}</span>"
        case "ActionSet":
            return "".join(map(_teams, element["actions"]))
    return ""


def _embed(embed: Mapping[str, Any]) -> str:
    fields = "".join(
        f"<div><b>{escape(field['name'])}</b><br>{_markdown(field['value'])}</div>" for field in embed.get("fields", [])
    )
    footer = f"<div class=dim>{escape(embed['footer']['text'])}</div>" if "footer" in embed else ""
    return (
        f'<div class=bar style="border-color:#{int(embed.get("color", 0)):06x}">'
        f"<div class=head>{escape(embed.get('title', ''))}</div>{_markdown(embed.get('description', ''))}"
        f"<div class=facts>{fields}</div>{footer}</div>"
    )
