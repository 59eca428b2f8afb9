"""The HTML and the text of mails: of every type in the catalogue, with short and with extreme data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import html5lib
import pytest

from gateway.messages import templates
from gateway.messages.mail.build import MAX_HTML_BYTES, Mail, build
from gateway.messages.mail.shades import contrast
from gateway.model import DEFAULT_BRAND, ENGLISH, Brand, Colors, EventType, Fact, Message, MessageLink, Severity
from tests.support.builders import changed, event
from tests.support.shipped_config import shipped_config

DENVER = ZoneInfo("America/Denver")
BREACH = Message(
    title="SLA breached: #10482 Email not working",
    body="The **first response** is late.\n\n- Ana Lopez is assigned\n\n> Outlook asks for a password.",
    severity=Severity.CRITICAL,
    facts=(Fact("Due", "9:41 AM MST"), Fact("Device", "`KELLER-DC01`")),
    link=MessageLink("Open ticket #10482", "https://psa.example.com/t/1?a=b&c=d"),
    short="SLA BREACHED #10482 Email not working - Keller",
    reasons=("because you are assigned",),
    customer="Keller & Sons Roofing",
    category="sla",
    category_title="SLA",
    time=datetime(2026, 11, 24, 9, 53, tzinfo=DENVER),
    brand=Brand(name="Summit IT Services", url="https://summit.example"),
)
HOSTILE = (
    "</td></table><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)> \" ' & &amp; "
    "javascript:alert(1) [x](javascript:alert(1)) url(https://evil.example) {{ 7 * 7 }} "
    "\u202e\u05e9\u05dc\u05d5\u05dd \U0001f468\u200d\U0001f469\u200d\U0001f467 <!--[if mso]> ]]>"
)
CATALOG = shipped_config().catalog
EVENT_TYPES = [event_type for event_type in CATALOG.events.values() if not event_type.is_fact]
TAGS = frozenset(
    {"html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "img"}
    | {"h1", "p", "br", "strong", "em", "ul", "li", "blockquote", "code", "a", "span"}
)


def elements(html: str) -> Iterator[Element]:
    """Every element. Raises: html5lib's ParseError, where the text does not keep to the grammar of HTML."""
    yield from html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html).iter()


def visible(html: str) -> str:
    """What a reader sees, with the attributes left out."""
    without_style = re.sub(r"<(style|title)>.*?</\1>|<!--.*?-->", "", html, flags=re.DOTALL)
    tree = html5lib.parse(without_style, namespaceHTMLElements=False)
    return " ".join("".join(tree.itertext()).split())


def check(mail: Mail, brand: Brand = DEFAULT_BRAND) -> None:
    """It is valid, runs nothing, and loads nothing but the logo."""
    assert len(mail.html.encode()) <= MAX_HTML_BYTES
    for element in elements(mail.html):
        if not isinstance(element.tag, str):
            continue  # a comment: for Outlook, see below
        assert element.tag in TAGS
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            if name == "href":
                assert value.startswith(("https://", "http://", "mailto:")), value
            elif name == "src":
                assert value in (brand.logo, brand.logo_dark)
            elif name == "style":
                assert "url(" not in value
    for comment in re.findall(r"<!--.*?-->", mail.html, re.DOTALL):
        assert "<script" not in comment.lower()
    assert "@import" not in mail.html


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)
@pytest.mark.parametrize("text", [None, "x" * 3000 + HOSTILE], ids=["example", "extreme"])
def test_a_mail_of_any_type_is_valid_and_runs_nothing(event_type: EventType, text: str | None) -> None:
    data = dict(event_type.example) if text is None else changed(dict(event_type.example), text)
    happened = event(data, type=event_type.name, category=event_type.category, severity=event_type.severity)
    message = templates.render(event_type.message, replace(happened, customer=event_type.customer), ["because"])
    brand = Brand(logo="https://summit.example/logo.png")
    check(build(replace(message, brand=brand)), brand)


def test_hostile_text_stays_text_in_every_part() -> None:
    message = replace(
        BREACH,
        title=HOSTILE,
        facts=(Fact(HOSTILE, "\\[x\\](javascript:alert(1)) <b>"),),
        link=MessageLink(HOSTILE, "https://psa.example.com/?a=\"'><script>"),
        short=HOSTILE,
        reasons=(HOSTILE,),
        customer=HOSTILE,
        category_title=HOSTILE,
        brand=Brand(name=HOSTILE, footer=HOSTILE),
    )
    mail = build(message)
    check(mail)
    assert "\n" not in mail.subject


def test_a_mail_shows_every_part() -> None:
    mail = build(BREACH)
    check(mail)
    shown = visible(mail.html)
    for text in (
        "Summit IT Services", "CRITICAL", "SLA", "Tue Nov 24, 2026, 9:53 AM MST", BREACH.title, BREACH.customer,
        "The first response is late.", "Due 9:41 AM MST", "KELLER-DC01", "Open ticket #10482",
        "Because you are assigned", "Sent by Summit IT Services",
    ):  # fmt: skip
        assert text in shown, text
    assert shown.startswith("The first response is late. - Ana Lopez is assigned")  # the preheader
    assert "a password. \u00b7 Due: 9:41 AM MST" in shown
    assert mail.html.count('href="https://psa.example.com/t/1?a=b&amp;c=d"') == 2  # the button, and that of Outlook


def test_the_text_says_what_the_html_says() -> None:
    assert build(BREACH).text == (
        "SLA breached: #10482 Email not working\n"
        "CRITICAL - SLA - Keller & Sons Roofing - Tue Nov 24, 2026, 9:53 AM MST\n"
        "\n"
        "The first response is late.\n\n- Ana Lopez is assigned\n\n> Outlook asks for a password.\n"
        "\n"
        "Due: 9:41 AM MST\n"
        "Device: KELLER-DC01\n"
        "\n"
        "Open ticket #10482:\n"
        "https://psa.example.com/t/1?a=b&c=d\n"
        "\n"
        "-- \n"
        "Because you are assigned\n"
        "Sent by Summit IT Services\n"
    )


def test_a_message_of_a_title_alone_leaves_nothing_empty() -> None:
    mail = build(Message("Something happened", "", Severity.INFO))
    check(mail)
    assert 'class="label' not in mail.html
    assert "v:roundrect" not in mail.html
    assert mail.text == "Something happened\nINFO\n\n-- \nSent by Notification Gateway\n"


def test_sixty_long_facts_and_a_long_body_fit_and_the_mail_says_what_is_missing() -> None:
    facts = tuple(Fact(f"Fact {number}", "&" * 2000) for number in range(60))
    mail = build(replace(BREACH, body="word & " * 9000, facts=facts))
    check(mail)
    shown = visible(mail.html)
    rows = mail.html.count('<tr class="fact">')
    assert 3 < rows < 60
    assert f"... and {60 - rows} more" in shown
    assert re.search(r"\([\d,]+ more characters\)", shown)
    assert mail.text.count("Fact ") == 60


def test_a_mail_speaks_the_language_of_its_reader() -> None:
    words = replace(ENGLISH, language="de", critical="Kritisch", sent_by="Gesendet von {name}")
    mail = build(replace(BREACH, locale="de_CH", words=words))
    check(mail)
    assert '<html lang="de-CH"' in mail.html
    for text in ("KRITISCH", "Gesendet von Summit IT Services", "24. Nov"):
        assert text in visible(mail.html), text
        assert text in mail.text, text
    assert "Sent by" in build(replace(BREACH, locale="sv_SE")).text


def test_the_customer_is_shown_once() -> None:
    assert visible(build(replace(BREACH, facts=(Fact("Customer", BREACH.customer),))).html).count("Keller &") == 1


def test_dark_mode_changes_the_colours_of_each_class_in_all_mail_programs() -> None:
    html = build(BREACH).html
    assert '<meta name="color-scheme" content="light dark">' in html
    dark = html[html.index("@media (prefers-color-scheme: dark)") :]
    for name in ("page", "card", "ink", "muted", "rule", "quote", "code", "link", "pill"):
        rule = re.search(rf"^  \.{name} {{ (.*) }}$", dark, re.MULTILINE)
        assert rule
        assert f"[data-ogsc] .{name}, [data-ogsb] .{name} {{ {rule[1]} }}" in dark


def test_the_logo_takes_the_place_of_the_name_and_has_a_dark_one() -> None:
    brand = Brand("Summit", logo="https://s.example/logo.png", logo_dark="https://s.example/dark.png", logo_height=40)
    mail = build(replace(BREACH, brand=brand))
    check(mail, brand)
    images = [element for element in elements(mail.html) if element.tag == "img"]
    assert [(image.get("src"), image.get("alt"), image.get("height")) for image in images] == [
        ("https://s.example/logo.png", "Summit", "40"),
        ("https://s.example/dark.png", "Summit", "40"),
    ]


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#ffff00", "#1d4ed8", "#ff0000", "#777777"])
def test_a_brand_of_any_colour_can_be_read(severity: Severity, color: str) -> None:
    brand = Brand(colors=Colors(*[color] * 6))
    html = build(replace(BREACH, severity=severity, brand=brand)).html
    pairs = [
        re.findall(r'class="pill" style="[^"]*background-color:(#\w{6});color:(#\w{6})', html),
        re.findall(r"\.pill { background-color: (#\w{6}) !important; color: (#\w{6})", html),
        re.findall(
            r'<a href="[^"]*" style="display:inline-block;[^"]*background-color:(#\w{6});[^"]*;color:(#\w{6})', html
        ),
    ]
    assert all(pairs)
    assert all(contrast(*pair) >= 4.5 for found in pairs for pair in found)
    assert severity.upper() in visible(html)
