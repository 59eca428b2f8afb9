"""Microsoft's own renderer draws the cards of all notifications, in a real browser."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.group import main
from gateway.config.files import shipped_folder
from tests.support.chromium import CHROMIUM, open_page

PACKAGES = Path(__file__).parent / "node_modules"
ARTICLE = re.compile(r'<article class="row" id="([^"]+)">(.*?)</article>', re.DOTALL)
CARD = re.compile(r'<script type="application/json" class="card">(.*?)</script>', re.DOTALL)
FAULTS = re.compile(r'data-faults="([^"]*)"')
MARKS = re.compile(r"^(?:>|-|\d+\.) |[\\*_`]|\]\([^)]*\)|\[|\s", re.MULTILINE)
"""What Markdown has and a reader does not see, and blanks, which HTML may have elsewhere."""
SCHEMES = 2

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def texts_of(element: Any) -> list[str]:
    """Every text of a card or of a part of it, in Markdown."""
    if isinstance(element, list):
        return [text for part in element for text in texts_of(part)]
    if element["type"] in ("Container", "AdaptiveCard"):
        return texts_of(element.get("items") or [*element["body"], *element.get("actions", ())])
    if element["type"] == "FactSet":
        return [text for fact in element["facts"] for text in (fact["title"], fact["value"])]
    return [element.get("text") or element["title"]]


def test_the_official_renderer_draws_every_card_whole_and_has_nothing_to_say(tmp_path: Path) -> None:
    words = ["preview", "--all", "--for", "teams", "--html", str(tmp_path), "--adaptive-cards", str(PACKAGES)]
    done = CliRunner().invoke(main, [*words, "--config", str(shipped_folder())], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    dom, console = open_page(tmp_path / "teams.html", tmp_path / "profile", "--dump-dom")
    assert console == []

    articles = dict(ARTICLE.findall(dom))
    assert len(articles) >= 106
    for id, article in articles.items():
        assert FAULTS.findall(article) == ["[]"] * SCHEMES, id
        found = CARD.search(article)
        assert found, id
        card = json.loads(found[1])
        drawn = MARKS.sub("", html.unescape(re.sub(r"<[^>]+>", " ", article.replace(found[0], ""))))
        for text in texts_of(card):
            assert drawn.count(MARKS.sub("", html.unescape(text))) >= SCHEMES, (id, text)
        assert article.count("ac-pushButton") == SCHEMES * len(card.get("actions", ())), id
