"""The gallery: pages that show all messages, and run nothing of what events say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.gallery import KINDS, find_renderer, write_gallery
from gateway.cli.gallery.drawing import drawing_of
from gateway.cli.gallery.text import in_scheme, linked, mrkdwn
from gateway.delivery.preview import preview
from gateway.model import Config
from gateway.sending.recording import RecordingSender

NOW = datetime(2026, 11, 24, 16, 45, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> </iframe> *b* <https://evil.example|x> [y](javascript:alert(1)) &lt;b&gt; \u202e"


def test_every_service_is_on_the_page_of_a_notification_and_nothing_of_an_event_runs(
    tmp_path: Path, shipped: Config
) -> None:
    row = shipped.catalog.notifications["ticket.status_changed.any"]
    example = shipped.catalog.events["ticket.status_changed"].example
    data = {**example, "ticket": {**example["ticket"], "subject": HOSTILE, "url": "javascript:alert(1)"}}
    sender = RecordingSender(tmp_path)
    shown = [preview(row, kind, shipped, sender, NOW, data=data) for kind in KINDS]
    sender.close()
    write_gallery(tmp_path / "pages", {row.id: shown})
    page = (tmp_path / "pages" / f"{row.id}.html").read_text("utf-8")
    assert all(f'<section id="{kind}">' in page for kind in KINDS)
    assert page.count('<iframe sandbox="allow-same-origin"') == page.count("</iframe>") == 4
    assert re.findall("<script[^>]*>", page) == ['<script defer src="gallery.js">']
    assert 'href="javascript' not in page
    assert f'href="{row.id}.html"' in (tmp_path / "pages/index.html").read_text("utf-8")
    for kind in KINDS:
        assert f'id="{row.id}"' in (tmp_path / f"pages/{kind}.html").read_text("utf-8")


def test_with_the_official_renderer_a_card_is_data_that_no_text_of_an_event_can_leave(
    tmp_path: Path, shipped: Config
) -> None:
    row = shipped.catalog.notifications["ticket.status_changed.any"]
    example = shipped.catalog.events["ticket.status_changed"].example
    data = {**example, "ticket": {**example["ticket"], "subject": f"</script>{HOSTILE}"}}
    for place in ("adaptivecards/dist/adaptivecards.min.js", "markdown-it/dist/markdown-it.min.js"):
        (tmp_path / "node_modules" / place).parent.mkdir(parents=True)
        (tmp_path / "node_modules" / place).write_text(f"// {place}")
    sender = RecordingSender(tmp_path)
    shown = [preview(row, "teams", shipped, sender, NOW, data=data)]
    sender.close()
    write_gallery(tmp_path / "pages", {row.id: shown}, find_renderer(tmp_path / "node_modules"))

    page = (tmp_path / "pages/teams.html").read_text("utf-8")
    assert re.findall("<script[^>]*>", page) == [
        '<script defer src="adaptivecards.js">',
        '<script defer src="markdown-it.js">',
        '<script defer src="gallery.js">',
        '<script type="application/json" class="card">',
    ]
    card = json.loads(page.partition('class="card">')[2].partition("</script>")[0])
    assert "alert(1)" in card["fallbackText"]
    assert (tmp_path / "pages/adaptivecards.js").is_file()


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"^adaptivecards$"):
        find_renderer(tmp_path)


def test_a_mail_is_light_or_dark_whatever_the_readers_system_is(shipped: Config, tmp_path: Path) -> None:
    row = shipped.catalog.notifications["ticket.status_changed.any"]
    sender = RecordingSender(tmp_path)
    mail = drawing_of(preview(row, "mail", shipped, sender, NOW)).mail
    sender.close()
    assert mail
    assert "@media all {" in in_scheme(mail.html, "dark")
    assert "@media not all {" in in_scheme(mail.html, "light")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*bold* &amp; _thin_", "<b>bold</b> &amp; <i>thin</i>"),
        ("<https://example.com/a?b&amp;c|Open *it*>", '<a href="https://example.com/a?b&amp;c">Open *it*</a>'),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("<!date^1^{date}|2026-11-24>", "2026-11-24"),
        ("&gt; quoted", "<q>quoted</q>"),
    ],
)
def test_slacks_mark_up_is_shown(source: str, expected: str) -> None:
    assert mrkdwn(source) == expected


def test_an_address_in_brackets_ends_before_the_bracket() -> None:
    assert linked("Open (https://a.example/1)") == 'Open (<a href="https://a.example/1">https://a.example/1</a>)'
