"""The gallery: pages that show all messages, and run nothing of what events say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.gallery import KINDS, write_gallery
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
    assert all(f"<h2>{kind}</h2>" in page for kind in KINDS)
    assert page.count("<iframe sandbox") == page.count("</iframe>") == 4
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert f'href="{row.id}.html"' in (tmp_path / "pages/index.html").read_text("utf-8")
