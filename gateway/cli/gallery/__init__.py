"""HTML pages that show messages as the services show them: mails in frames, Adaptive Cards, and sketches of the others.

The pages work as files, without a server. The only thing they load from elsewhere is the logo of a mail's brand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader

from gateway.cli.gallery import text
from gateway.cli.gallery.drawing import Drawing, drawing_of
from gateway.messages.measure import describe_sms
from gateway.messages.severity import LOOKS

if TYPE_CHECKING:
    from gateway.delivery.preview import Preview

KINDS: Mapping[str, str] = {
    "mail": "Mail",
    "slack": "Slack",
    "teams": "Microsoft Teams",
    "discord": "Discord",
    "telegram": "Telegram",
    "sms": "Text message",
    "ntfy": "ntfy",
    "pushover": "Pushover",
    "gotify": "Gotify",
    "mattermost": "Mattermost",
    "event": "Webhook for programs",
}
"""The kinds of service that a gallery shows, and their headings."""

RENDERER: Mapping[str, tuple[str, ...]] = {
    "adaptivecards.js": ("adaptivecards/dist/adaptivecards.min.js",),
    "markdown-it.js": (
        "markdown-it/dist/markdown-it.min.js",
        "markdown-it/dist/browser/markdown-it.umd.min.js",  # since 15
    ),
}
"""Microsoft's renderer of Adaptive Cards, and the Markdown renderer that it needs: the file names that the pages use,
and where these files are in npm's packages."""

TEMPLATES = Path(__file__).parent
_environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
_environment.filters.update(
    in_scheme=text.in_scheme,
    markdown=text.markdown,
    mrkdwn=text.mrkdwn,
    simple_html=text.simple_html,
    linked=text.linked,
    sms=describe_sms,
)


def find_renderer(packages: Path) -> dict[str, Path]:
    """The files of RENDERER in *packages*, a folder `node_modules`. Raises: FileNotFoundError that names a package."""
    files = {}
    for name, places in RENDERER.items():
        file = next((packages / place for place in places if (packages / place).is_file()), None)
        if file is None:
            raise FileNotFoundError(places[0].partition("/")[0])
        files[name] = file
    return files


def write_gallery(
    folder: Path, previews_by_id: Mapping[str, Sequence[Preview]], renderer: Mapping[str, Path] | None = None
) -> None:
    """Writes a page for each notification, by its id, a page for each kind of service, and `index.html`.

    *renderer* holds the files of RENDERER; without it, cards of Teams are shown as sketches.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("gallery.css", "gallery.js"):
        shutil.copy(TEMPLATES / name, folder / name)
    for name, file in (renderer or {}).items():
        shutil.copy(file, folder / name)
    drawings = {id: [drawing_of(preview) for preview in previews] for id, previews in previews_by_id.items()}
    ids = list(drawings)
    kinds = {drawing.kind: KINDS.get(drawing.kind, drawing.kind) for drawing in next(iter(drawings.values()))}
    common = {"kinds": kinds, "count": len(ids), "looks": LOOKS, "renderer": sorted(renderer or ())}

    for index, id in enumerate(ids):
        neighbours = {"previous": ids[index - 1] if index else "", "next": ids[index + 1] if ids[index + 1 :] else ""}
        _write(folder / f"{id}.html", "notification.html", common, drawings=drawings[id], **neighbours)
    for position, kind in enumerate(kinds):
        groups = by_category(previews[position] for previews in drawings.values())
        _write(folder / f"{kind}.html", "kind.html", common, kind=kind, groups=groups)
    _write(folder / "index.html", "index.html", common, groups=by_category(first for first, *_ in drawings.values()))


def by_category(drawings: Iterable[Drawing]) -> list[tuple[str, list[Drawing]]]:
    """Pairs of a category's title and its drawings, in the order of the catalogue."""
    groups = groupby(drawings, key=lambda drawing: drawing.message.category_title or "Others")
    return [(title, list(group)) for title, group in groups]


def _write(file: Path, template: str, common: Mapping[str, object], **values: object) -> None:
    file.write_text(_environment.get_template(template).render(common, **values), "utf-8")
