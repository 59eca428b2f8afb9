"""`gateway map`: shows the events that a mapping makes of a payload."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from gateway.cli.client import STDIN, Client, fail, fail_with_hint, read_input
from gateway.cli.exit_codes import REFUSED, UNUSABLE
from gateway.cli.options import Invocation, pass_invocation, settings_options, table_options
from gateway.cli.send import show_preview
from gateway.cli.table import clean_line, show_json

if TYPE_CHECKING:
    from gateway.intake.incoming import Incoming
    from gateway.intake.trial import Trial
    from gateway.model import Config

MAX_BYTES = 16 * 1024 * 1024


@click.command()
@click.argument("source")
@click.argument("file", required=False, default=STDIN)
@click.option(
    "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header of the request; repeatable."
)
@click.option("--query", "queries", multiple=True, metavar="NAME=VALUE", help="A parameter of the URL; repeatable.")
@click.option("--path", "url_path", default="", metavar="A/B", help="The part of the URL's path after the source.")
@click.option("--unmapped", metavar="ID", help="In place of FILE: an unmapped body that a running gateway keeps.")
@settings_options("config", "url")
@table_options
@pass_invocation
def map(
    invocation: Invocation,
    /,
    source: str,
    unmapped: str | None,
    format: str,
    wide: bool,
    **request: Any,
) -> None:
    """Show the events that the mapping of SOURCE makes of the payload in FILE, and who would be notified.

    FILE is a request body as the sender posts it; without FILE, standard input is read. The mapping is read from the
    configuration folder: the gateway does not have to run, and nothing is stored or sent. The output lists the rules
    up to the one that matches, each with the reason why it matches or not; then the events, their problems, and who
    would be notified. Exits 0 when every part of the payload becomes an event or is ignored by a rule, 1 when it
    would be kept as unmapped.

    \b
    gateway map ninja alert.json
    curl -s https://example.com/payload | gateway map ninja
    gateway map github push.json --header 'X-GitHub-Event: push'
    gateway map ninja --unmapped 5c1e8f0a9b7d6c5e4f3a2b1c
    """
    from gateway.config.files import find_folder
    from gateway.config.load import load
    from gateway.intake.incoming import read_payload
    from gateway.intake.inputs import Unreadable
    from gateway.intake.trial import try_mapping

    config = load(find_folder(invocation.settings.config_folder), invocation.environ)
    if source not in config.sources:
        fail_with_hint(f"there is no source {source!r}", source, config.sources)
    mapping = config.sources[source].mapping
    if mapping is None:
        fail(f"the source {source!r} has no mapping: give it `rules`, `mapping` or `extends`", REFUSED)
    incoming = _described(**request) if unmapped is None else _stored(Client(invocation), unmapped)
    try:
        payload = read_payload(incoming, mapping, MAX_BYTES)
    except Unreadable as exc:
        fail(f"the payload would be kept as unmapped: {exc}", REFUSED)
    trials = list(try_mapping(mapping, config.sources[source], config, payload, incoming.received))
    documents = [_document(trial, config, incoming.received) for trial in trials]
    if format == "json":
        show_json({"source": source, "parts": documents})
    else:
        for number, document in enumerate(documents):
            if number:
                click.echo()
            _show(document, mapping.otherwise, wide=wide)
    if any(trial.faults or trial.outcome.rule is None for trial in trials):
        sys.exit(REFUSED)


def _described(file: str, headers: tuple[str, ...], queries: tuple[str, ...], url_path: str) -> Incoming:
    """The request that the options describe; ends the program when they cannot be used."""
    from gateway.intake.incoming import Incoming

    return Incoming(
        body=read_input(file),
        headers={name.lower(): value for name, value in _pairs(headers, ":", "--header")},
        query=dict(_pairs(queries, "=", "--query")),
        path=tuple(filter(None, url_path.split("/"))),
        received=datetime.now(UTC),
    )


def _stored(client: Client, id: str) -> Incoming:
    """The request whose body a running gateway has kept under *id*."""
    from gateway.intake.incoming import Incoming

    stored = client.get(f"/v1/unmapped/{quote(id, safe='')}")
    return Incoming(
        body=str(stored["body"]).encode() if "body" in stored else base64.b64decode(stored["body_base64"]),
        headers=stored["headers"],
        query=stored["query"],
        path=tuple(stored["path"]),
        received=datetime.fromisoformat(stored["received"]),
    )


def _pairs(texts: tuple[str, ...], separator: str, option: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, mark, value = text.partition(separator)
        if not mark:
            fail(f"{option} takes a name and a value with {separator!r} between them", UNUSABLE)
        yield name.strip(), value.strip()


def _document(trial: Trial, config: Config, now: datetime) -> dict[str, Any]:
    """`{element, rules: [{name, at, matches, why}], ignored, events: [{document, preview}], problems}`."""
    from gateway.intake.explain import explain_event
    from gateway.model import Circumstances

    return {
        "element": trial.outcome.element,
        "rules": [
            {
                "name": verdict.rule.name,
                "at": f"{verdict.rule.place.file}:{verdict.rule.place.line}",
                "matches": verdict.matches,
                "why": verdict.why,
            }
            for verdict in trial.verdicts
        ],
        "ignored": trial.ignored,
        "events": [
            {"document": mapped.document, "preview": explain_event(event, config, Circumstances(now))}
            for mapped, event in trial.events
        ],
        "problems": [
            {"at": f"{fault.place.file}:{fault.place.line}", "pointer": fault.pointer, "message": fault.message}
            for fault in trial.faults
        ],
    }


def _show(document: dict[str, Any], otherwise: str, *, wide: bool) -> None:
    if document["element"] is not None:
        click.echo(f"Element {document['element']}:")
    for rule in document["rules"]:
        verdict = "matches" if rule["matches"] else "does not match"
        why = f": {rule['why']}" if rule["why"] else ""
        click.echo(clean_line(f"{rule['at']} rule {rule['name']!r} {verdict}{why}"))
    if not any(rule["matches"] for rule in document["rules"]):
        outcomes = {"keep": "kept as unmapped", "refuse": "refused with 422", "ignore": "ignored"}
        click.echo(f"No rule matches: the payload would be {outcomes[otherwise]}.")
    if document["ignored"]:
        click.echo(clean_line(f"Ignored: {document['ignored']}"))
    for problem in document["problems"]:
        click.echo(clean_line(f"{problem['at']} {problem['pointer']}: {problem['message']}"))
    if document["problems"]:
        click.echo("With these problems the payload would be kept as unmapped.")
    for event in document["events"]:
        click.echo()
        click.echo(json.dumps(event["document"], indent=2, ensure_ascii=True))
        click.echo()
        show_preview(event["preview"], wide=wide)
