"""`gateway catalog`: what can happen, and what people can hear of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import show_json, show_table
from gateway.config.catalog.document import event_type_document, notification_document
from gateway.model import is_builtin
from gateway.suggestions import nearest

if TYPE_CHECKING:
    from gateway.model import Catalog, EventType, Notification


@click.command()
@click.argument("event_type", required=False)
@click.option("--category", help="Only this category, by name or title.")
@settings_options("config")
@format_option
@pass_invocation
def catalog(invocation: Invocation, event_type: str | None, category: str | None, format: str) -> None:
    """List the notifications that routes can name, or show one EVENT_TYPE in detail.

    \b
    gateway catalog
    gateway catalog --category tickets
    gateway catalog ticket.status_changed
    gateway catalog --format json | jq '.[].id'
    """
    found = load_catalog(invocation)
    if event_type is not None:
        one = named_event_type(found, event_type)
        show_json(_event_document(found, one)) if format == "json" else _show_event(found, one)
        return
    rows = [
        _notification_document(found, notification)
        for notification in found.notifications.values()
        if _is_wanted(found, notification, category)
    ]
    if not rows and category is not None:
        _refuse(f"there is no category {category!r}", category, found.categories)
    if format == "json":
        show_json(rows)
    else:
        show_table(
            ["notification", "category", "title", "audience"],
            [[row["id"], row["category"], row["title"], row["audience"]] for row in rows],
        )
        events = {row["event"] for row in rows}
        click.echo(
            f"\n{len(rows)} notifications of {len(events)} event types. One in detail: gateway catalog EVENT_TYPE"
        )
        categories = {row["category_name"] for row in rows}
        facts = [one.name for one in found.events.values() if one.is_fact and one.category in categories]
        if facts:
            click.echo(f"Facts that feed their timing: {', '.join(facts)}")
        if category is None:
            click.echo("What the gateway tells of itself: gateway catalog --category gateway")


def load_catalog(invocation: Invocation) -> Catalog:
    """The catalogue of the configuration folder, whatever its routes say.

    Raises: ConfigUnreadable, ConfigInvalid.
    """
    from gateway.config.files import find_folder, read_files
    from gateway.config.load import build_from
    from gateway.config.secrets import SecretStore

    folder = find_folder(invocation.settings.config_folder)
    files = replace(read_files(folder), routes={})
    return build_from(files, SecretStore(invocation.environ, folder), None, {}).catalog


def named_event_type(catalog: Catalog, name: str) -> EventType:
    """The event type called *name*; ends the program with the nearest names when there is none."""
    if name not in catalog.events:
        notification = catalog.notifications.get(name)
        if notification is not None:
            return catalog.events[notification.event_type]
        _refuse(f"there is no event type {name!r}", name, catalog.events)
    return catalog.events[name]


def _refuse(text: str, name: str, names: Any) -> None:
    near = nearest(name, names, most=2)
    hint = f" - did you mean {' or '.join(repr(one) for one in near)}?" if near else ""
    click.echo(f"Error: {text}{hint}", err=True)
    sys.exit(1)


def _is_wanted(catalog: Catalog, notification: Notification, wanted: str | None) -> bool:
    """Whether it belongs to the category *wanted*; without one, whether it is not the gateway's own."""
    if wanted is None:
        return not is_builtin(notification.event_type)
    category = catalog.categories[catalog.events[notification.event_type].category]
    return wanted.casefold() in (category.name.casefold(), category.title.casefold())


def _notification_document(catalog: Catalog, notification: Notification) -> dict[str, Any]:
    document = notification_document(notification, catalog)
    category = catalog.categories[document["category"]]
    return {**document, "category": category.title, "category_name": category.name}


def _event_document(catalog: Catalog, event: EventType) -> dict[str, Any]:
    return {
        **event_type_document(event, catalog),
        "category": catalog.categories[event.category].title,
        "notifications": [_notification_document(catalog, notification) for notification in event.notifications],
    }


def _show_event(catalog: Catalog, event: EventType) -> None:
    document = _event_document(catalog, event)
    click.secho(f"{event.name} - {event.title}", bold=True)
    if event.description:
        click.echo(event.description)
    people = "; ".join(f"{role}: {', '.join(paths)}" for role, paths in document["people"].items())
    click.echo(f"\ncategory  {document['category']}\nseverity  {document['severity']}")
    click.echo(f"subject   {document['subject'] or '-'}\npeople    {people or '-'}")
    click.echo(f"time      {document['timing'] or 'posted by its sources'}\n")
    if not event.is_fact:
        show_table(
            ["notification", "title", "audience", "time"],
            [[one["id"], one["title"], one["audience"], one["timing"]] for one in document["notifications"]],
        )
        click.echo(f"\nMessage\n  {event.message.title}")
        for line in event.message.body.rstrip().splitlines():
            click.echo(f"  {line}")
    click.echo("\nExample data")
    for line in json.dumps(event.example, indent=2, ensure_ascii=False).splitlines():
        click.echo(f"  {line}")
    click.echo(f"\nTry: gateway send {event.name} --example")
