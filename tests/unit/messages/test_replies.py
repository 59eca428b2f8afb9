"""Replies and comments: what is new in them, as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages.filters.replies import MAX_HTML, reply

OUTLOOK = "<div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>From:</b> Ana<br><b>Sent:</b> Monday</div>"


@pytest.mark.parametrize(
    "text",
    [
        "It works!\n\nOn Mon, Nov 23, 2026 at 9:41 AM Ana Lopez <ana@example.com> wrote:\n> Did it help?\n> Ana",
        "It works!\n\nOn Mon, Nov 23, 2026 at 9:41 AM Ana Lopez\n<ana@example.com> wrote:\n\nDid it help?",
        "On Mon, Nov 23, 2026, Ana Lopez wrote:\n> Did it help?\n\nIt works!\n-- \nTom Keller\nKeller & Sons",
        "It works!\r\n\r\nVon: Ana <ana@example.com>\r\nGesendet: Montag\r\nAn: Tom\r\n\r\nHat es geholfen?",
        "It works!\n\nAm 23.11.2026 um 09:41 schrieb Ana Lopez:\n> Hat es geholfen?",
        "It works!\n\nAna Lopez <ana@example.com> schrieb am Mo., 23. Nov. 2026, 09:41:\n\n> Hat es geholfen?",
        "It works!\n-----Urspr\u00fcngliche Nachricht-----\nVon: Ana",
        "It works!\n\n-----Original Message-----\nFrom: Ana Lopez",
        "It works!\n\n*From:* Ana Lopez\n*Sent:* Monday\n*To:* Tom",
        "It works!\n\nSent from my iPhone\n\n> On Nov 23, 2026, at 9:41, Ana wrote:\n> \n> Did it help?",
        "It works!\n\nLe lun. 23 nov. 2026 \u00e0 09:41, Ana <ana@example.com> a \u00e9crit :\n> Alors ?",
        "It works!\n\nIl giorno lun 23 nov 2026 alle ore 09:41 Ana <ana@example.com> ha scritto:\n\n> Funziona?",
        "It works!\n\nOp ma 23 nov. 2026 om 09:41 schreef Ana <ana@example.com>:\n\n> Werkt het?",
        "It works!\n\nEm seg., 23 de nov. de 2026 \u00e0s 09:41, Ana <ana@example.com> escreveu:\n\n> Funciona?",
        "It works!\n\nDe: Ana <ana@example.com>\nEnviado el: lunes\nPara: Tom\n\nHola",
        "It works!\n\nVan: Ana\nVerzonden: maandag\nAan: Tom\n\nHoi",
        "It works!\n\nDa: Ana\nInviato: luned\u00ec\nA: Tom\n\nCiao",
        "<div>It&nbsp;works!</div><div><br></div><div class='gmail_quote'>On Mon wrote:<blockquote>Did it",
        "<p>It works!<p class=gmail_signature>Tom" + OUTLOOK + "<div>Did it help?",
        "<html><style>p {color: red}</style><body>It works!<script>alert(1)</script><blockquote type=cite>Did it",
        "<div>It works!</div><div style='border-top:solid #E1E1E1 1.0pt'><b>From:</b> Ana<br><b>Sent:</b> Monday",
    ],
)
def test_what_is_quoted_is_cut_and_said_to_be_cut(text: str) -> None:
    assert reply(text, 400, "quoted text removed") == "It works! (quoted text removed)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Please call <reception> & ask for Tom.", "Please call <reception> & ask for Tom."),
        ("<b onclick='x()'>Hello</b", "Hello"),
        ("Tom &amp; Maria&nbsp;Keller<br>second line", "Tom & Maria Keller second line"),
        ("<table><tr><td>Name</td><td>Tom</td></tr></table>", "Name Tom"),
        ("<div style='display: none'>preview</div>The text", "The text"),
        ("Thanks!\n-- \nTom Keller", "Thanks!"),
        ("Danke!\n\nVon meinem iPhone gesendet", "Danke!"),
        ("Fait\n\nEnvoy\u00e9 depuis mon iPhone", "Fait"),
        ("Fatto\n\nInviato da iPhone", "Fatto"),
        ("<head><title>Re: printer</title></head><body>It works!", "It works!"),
        ("<noscript><p>Enable scripts</p></noscript><p>Hi", "Hi"),
        ("<p hidden>preview</p><p style='visibility:hidden'>x</p><p style='max-height:0'>y</p>Hi", "Hi"),
        ("<td style='font-size:0'><div style='font-size:13px'>Hi</div></td>", "Hi"),
        ('<p title="never closed>Hi</p> there &amp; here', "Hi there & here"),
        ("<div>" * 10_000 + "Hi" + "</div>" * 10_000, "Hi"),
        ("<style>p {color: red}</style><img src='x'>", ""),
        ("From: the depot we go\nto the site", "From: the depot we go to the site"),
        ("On Monday I wrote: see you", "On Monday I wrote: see you"),
        ("> everything is quoted", "> everything is quoted"),
        ("<blockquote>everything is quoted</blockquote>", "everything is quoted"),
        ("-- \nonly a signature", "-- only a signature"),
        ("", ""),
    ],
)
def test_the_new_text_of_a_reply_stays_and_quotations_go(text: str, shown: str) -> None:
    assert reply(text, 400, "quoted text removed") == shown


def test_a_cut_reply_still_says_that_quoted_text_was_removed() -> None:
    text = "word " * 200 + "\n> quoted"
    assert reply(text, 20, "Zitat entfernt") == "word word word word\u2026 (Zitat entfernt)"


@pytest.mark.parametrize("piece", ["<div>", "<p>a", "<div class='gmail_quote'>", "&nbsp;", "<", "a\n", "On x\n", "<b "])
def test_no_input_is_too_large_or_too_deep(piece: str) -> None:
    assert len(reply(piece * (MAX_HTML // len(piece) + 10), 400, "note")) <= 500


@given(st.text(alphabet="<>/ab divp&;=\"'->\n: wrote", max_size=200))
def test_broken_html_becomes_text(text: str) -> None:
    shown = reply(text, 400, "note")
    assert bool(shown.strip()) or not text.strip("<>/&;= \n\"'-:").strip() or "<" in text
