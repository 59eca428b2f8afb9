"""`gateway catalog`: the event types, and the notifications that routes can name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.client import fail_with_hint
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import show_json, show_table
from gateway.config.catalog.document import event_type_document, notification_document
from gateway.model import is_builtin

if TYPE_CHECKING:
    from gateway.model import Catalog, EventType, Notification


@click.command()
@click.argument("event_type", required=False)
@click.option("--category", help="Only this category, by name or title.")
@click.option("--diff", is_flag=True, help="Show what differs from the catalogue that comes with the gateway.")
@settings_options("config")
@format_option
@pass_invocation
def catalog(invocation: Invocation, event_type: str | None, category: str | None, diff: bool, format: str) -> None:
    """List the notifications that routes can name, or show one EVENT_TYPE in detail.

    \b
    gateway catalog
    gateway catalog --category tickets
    gateway catalog ticket.status_changed
    gateway catalog --diff
    gateway catalog --format json | jq '.[].id'
    """
    full = load_catalog(invocation)
    if diff:
        _show_difference(invocation, format)
        return
    if event_type is not None:
        _show_event_type(full, named_event_type(full, event_type), format)
        return
    event_types = [event_type for event_type in full.events.values() if not is_builtin(event_type.name)]
    if category is not None:
        name = category.casefold()
        category_names = {
            row.name for row in full.categories.values() if name in (row.name.casefold(), row.title.casefold())
        }
        event_types = [event_type for event_type in full.events.values() if event_type.category in category_names]
        if not category_names:
            fail_with_hint(f"there is no category {category!r}", category, full.categories)
    rows = [
        _notification_document(full, notification)
        for event_type in event_types
        for notification in event_type.notifications
    ]
    if format == "json":
        show_json(rows)
    else:
        show_table(
            ["notification", "category", "title", "audience"],
            [[row["id"], row["category"], row["title"], row["audience"]] for row in rows],
        )
        events = {row["event"] for row in rows}
        beyond = sum(row["beyond_reference"] for row in rows)
        counted = f"{len(rows)} notifications of {len(events)} event types"
        counted += f" ({len(rows) - beyond} of the reference and {beyond} beyond it)" if beyond else ""
        click.echo(f"\n{counted}. To show one in detail: gateway catalog EVENT_TYPE")
        if facts := [event_type.name for event_type in event_types if event_type.is_fact]:
            click.echo(f"Facts that feed their timing: {', '.join(facts)}")
        if category is None:
            click.echo("Events about the gateway itself: gateway catalog --category gateway")


def load_catalog(invocation: Invocation) -> Catalog:
    """The catalogue of the configuration folder; errors in its routes do not matter.

    Raises: ConfigUnreadable, ConfigInvalid.
    """
    from gateway.config.files import find_folder, read_files
    from gateway.config.load import build_from
    from gateway.config.secrets import SecretStore

    folder = find_folder(invocation.settings.config_folder)
    files = replace(read_files(folder), routes={})
    return build_from(files, SecretStore(invocation.environ, folder), None, {}).catalog


def _show_difference(invocation: Invocation, format: str) -> None:
    """Shows how the catalogue of the configuration, which has no errors, differs from the shipped one."""
    from gateway.config.catalog.difference import differences
    from gateway.config.files import find_folder, read_files, shipped_folder
    from gateway.config.load import read_catalog_value

    before = read_catalog_value(read_files(shipped_folder()))
    after = read_catalog_value(read_files(find_folder(invocation.settings.config_folder)))
    lines = list(differences(before, after))
    if format == "json":
        show_json(lines)
    else:
        for line in lines or ["Nothing differs from the catalogue that comes with the gateway."]:
            click.echo(line)


def named_event_type(catalog: Catalog, name: str) -> EventType:
    """The event type called *name*. If there is none, the program ends with the most similar names."""
    if name not in catalog.events:
        notification = catalog.notifications.get(name)
        if notification is not None:
            return catalog.events[notification.event_type]
        fail_with_hint(f"there is no event type {name!r}", name, catalog.events)
    return catalog.events[name]


def _notification_document(catalog: Catalog, notification: Notification) -> dict[str, Any]:
    document = notification_document(notification, catalog)
    category = catalog.categories[document["category"]]
    return {**document, "category": category.title, "category_name": category.name}


def _show_event_type(catalog: Catalog, event_type: EventType, format: str) -> None:
    document = event_type_document(event_type, catalog) | {
        "category": catalog.categories[event_type.category].title,
        "notifications": [_notification_document(catalog, notification) for notification in event_type.notifications],
    }
    if format == "json":
        show_json(document)
        return
    click.secho(f"{document['name']} - {document['title']}", bold=True)
    if document["description"]:
        click.echo(document["description"])
    roles = [f"{role}: {', '.join(paths)}" for role, paths in document["people"].items()]
    roles += [f"mentioned by an @ in: {', '.join(document['mentions'])}"] if document["mentions"] else []
    people = "; ".join(roles)
    click.echo(f"\ncategory  {document['category']}\nseverity  {document['severity']}")
    click.echo(f"subject   {document['subject'] or '-'}")
    click.echo(f"customer  {' or '.join(document['customer']) or '-'}\npeople    {people or '-'}")
    click.echo(f"time      {document['timing'] or 'posted by its sources'}\n")
    if not document["fact"]:
        show_table(
            ["notification", "title", "audience", "time"],
            [
                [notification["id"], notification["title"], notification["audience"], notification["timing"]]
                for notification in document["notifications"]
            ],
        )
        click.echo(f"\nMessage\n  {document['message']['title']}")
        for line in document["message"]["body"].rstrip().splitlines():
            click.echo(f"  {line}")
        for fact in document["message"]["facts"]:
            click.echo(f"  {fact['label']}: {fact['value']}")
    click.echo("\nExample data")
    for line in json.dumps(document["example"], indent=2, ensure_ascii=False).splitlines():
        click.echo(f"  {line}")
    click.echo(f"\nTry: gateway send {document['name']} --example")
