"""`gateway preview`: shows a message as a service would get it, without sending it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from gateway.cli.client import fail, fail_with_hint
from gateway.cli.exit_codes import REFUSED, UNUSABLE
from gateway.cli.options import Invocation, at_option, format_option, pass_invocation, settings_options
from gateway.cli.preview_lines import person_lines, terminal_lines
from gateway.cli.send import read_data
from gateway.cli.table import clean_text, show_json
from gateway.errors import TemplateFailed
from gateway.times import moment_of

if TYPE_CHECKING:
    from gateway.delivery.preview import Preview
    from gateway.model import Config, Notification

SECRET = "made-up-secret-for-the-preview"  # noqa: S105 - nothing is sent


@click.command()
@click.argument("notification", required=False)
@click.option("--for", "kind", metavar="SERVICE", help="slack, teams, mail, sms, webhook, ...")
@click.option("--all", "is_all", is_flag=True, help="With --html: every notification of the catalogue.")
@click.option(
    "--html",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Write HTML pages that show the message for every service.",
)
@click.option(
    "--adaptive-cards",
    "packages",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="With --html: a folder node_modules with adaptivecards and markdown-it, which draw the cards of Teams.",
)
@click.option(
    "--data",
    "data_text",
    metavar="JSON|@FILE|-",
    help="The event's data; default: an example that meets the notification's condition.",
)
@click.option("--person", metavar="NAME", help="As this person reads it: language, timezone, reason.")
@at_option
@settings_options("config")
@format_option
@pass_invocation
def preview(
    invocation: Invocation,
    notification: str | None,
    kind: str | None,
    is_all: bool,
    html: Path | None,
    packages: Path | None,
    data_text: str | None,
    person: str | None,
    at: str | None,
    format: str,
) -> None:
    """Show the message of a NOTIFICATION as a service would get it. Nothing is sent.

    \b
    gateway preview ticket.assigned.mine --for slack
    gateway preview sla.breached.any --for sms --data @breach.json
    gateway preview invoice.created.any --for mail --person ana
    gateway preview --all --html gallery
    gateway preview --all --html gallery --adaptive-cards node_modules
    """
    from gateway.cli.gallery import find_renderer, write_gallery

    config = load_config(invocation)
    if is_all == (notification is not None) or (is_all and html is None) or (html is None and kind is None):
        fail(
            "expected NOTIFICATION and --for SERVICE, NOTIFICATION and --html FOLDER, or --all --html FOLDER", UNUSABLE
        )
    rows = list(config.catalog.notifications.values())
    if notification is not None:
        rows = [_named_notification(config, notification)]
    kinds = _known_kinds(kind)
    if person is not None and person not in config.people:
        fail_with_hint(f"there is no person {person!r}", person, config.people)
    try:
        renderer = find_renderer(packages) if packages else {}
    except FileNotFoundError as exc:
        fail(f"{packages} has no package {exc}; run: npm install adaptivecards markdown-it", UNUSABLE)
    data = None if data_text is None else read_data(data_text)
    time = moment_of(at, ZoneInfo(config.timezone))
    try:
        previews_by_id = make_previews(rows, kinds, config, time, data, person)
    except TemplateFailed as exc:
        fail(str(exc), REFUSED)
    say_what_does_not_fit([previews[0] for previews in previews_by_id.values()], config, data)
    if html is not None:
        write_gallery(html, previews_by_id, renderer)
        click.echo(f"{len(previews_by_id)} messages: {html / 'index.html'}")
    else:
        (only, *_), *_ = previews_by_id.values()
        _show(only, person_lines(config, person, only) if person else (), is_json=format == "json")


def _show(preview: Preview, heading: Iterable[str], *, is_json: bool) -> None:
    if is_json:
        requests = [{**asdict(sent), "body": sent.body.decode("utf-8", "replace")} for sent in preview.requests]
        show_json({"notification": preview.notification.id, "for": preview.kind, "requests": requests})
        return
    for line in (*heading, *terminal_lines(preview)):
        click.echo(line)


def _known_kinds(kind: str | None) -> tuple[str, ...]:
    """Every kind of service, or *kind* alone. The program ends if there is no preview for it."""
    from gateway.cli.gallery import KINDS
    from gateway.sending.recording import NAMES

    if kind is None:
        return tuple(KINDS)
    if kind not in NAMES:
        fail_with_hint(f"there is no preview for {kind!r}; expected one of {', '.join(sorted(NAMES))}", kind, NAMES)
    return (kind,)


def make_previews(
    rows: Sequence[Notification],
    kinds: Sequence[str],
    config: Config,
    time: datetime | None,
    data: dict[str, Any] | None,
    person: str | None,
) -> dict[str, list[Preview]]:
    """By the id of a notification: a preview for each kind of service. Raises: TemplateFailed.

    Without a *time* and *data* of its own, a message is shown as on the day of its example.
    """
    from gateway.delivery.preview import example_moment
    from gateway.delivery.preview import preview as make_preview
    from gateway.sending.recording import RecordingSender

    previews_by_id: dict[str, list[Preview]] = {}
    with tempfile.TemporaryDirectory() as folder, closing(RecordingSender(Path(folder))) as sender:
        for row in rows:
            moment = time or (example_moment(row, config) if data is None else None) or datetime.now(UTC)
            previews_by_id[row.id] = [
                make_preview(row, kind, config, sender, moment, data=data, person=person) for kind in kinds
            ]
    return previews_by_id


class _Secrets(dict[str, str]):
    """An environment in which every secret is set, since a preview needs none of the real ones."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - the signature is that of dict
        return super().get(name) or SECRET


def load_config(invocation: Invocation) -> Config:
    """The configuration of the folder. Raises: ConfigUnreadable, ConfigInvalid."""
    from gateway.config.files import find_folder
    from gateway.config.load import load

    return load(find_folder(invocation.settings.config_folder), _Secrets(invocation.environ))


def _named_notification(config: Config, name: str) -> Notification:
    """The notification *name*, or the first one of the event type *name*; the program ends if there is neither."""
    if name in config.catalog.notifications:
        return config.catalog.notifications[name]
    event_type = config.catalog.events.get(name)
    if event_type is None:
        fail_with_hint(
            f"there is no notification {name!r}; gateway catalog lists them", name, config.catalog.notifications
        )
    if event_type.is_fact:
        fail(f"{name} is a fact: nobody is notified of it", REFUSED)
    return event_type.notifications[0]


def say_what_does_not_fit(previews: Sequence[Preview], config: Config, data: dict[str, Any] | None) -> None:
    """Writes to stderr why a notification would not be sent for its event, and why *data* would be refused."""
    for preview in previews:
        if preview.why_not:
            why = clean_text(preview.why_not)
            click.echo(f"{preview.notification.id} would not be sent for this event: {why}", err=True)
    for fault in faults_of_data(config, previews[0].notification.event_type, data) if data is not None else ():
        click.echo(f"an event with this data would be refused: {fault}", err=True)


def faults_of_data(config: Config, event_type: str, data: dict[str, Any]) -> list[str]:
    """What in *data* does not fit the data schema of *event_type*, in the words that a source would get."""
    from gateway.validation.explain import explanations
    from gateway.validation.validator import Schemas

    validator = Schemas(config.catalog.schemas).validator(config.catalog.events[event_type].schema, "previewed.json")
    places = ((".".join(map(str, path)), message) for path, message, *_ in explanations(validator.errors(data)))
    return [clean_text(f"{place}: {message}" if place else message) for place, message in places]
