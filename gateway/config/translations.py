"""The catalogue's messages in other languages, from the files of `translations/`: one for each language, `de.yaml`.

A translation has only what differs. A part that it does not have stays as it is in the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, TypedDict

from gateway.config.catalog.check import check_template
from gateway.config.catalog.shape import Shape
from gateway.config.catalog.visibility import LEAK, WHO_SAYS, leaking_parts, planted_event
from gateway.config.files import SHIPPED_TRANSLATIONS, SHIPPED_WORDS
from gateway.config.form import conform
from gateway.config.sections import Entry, Sections
from gateway.config.words import build_words, check_words
from gateway.errors import TemplateFailed
from gateway.messages import templates
from gateway.messages.filters import locales
from gateway.messages.template_paths import lookup_names
from gateway.model import Catalog, Event, EventType, MessageTemplate, Place, Problem, Words
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.validation.validator import Schemas
from gateway.yaml.document import Document, read

Rest = tuple[str | int, ...]


class TranslationKeys(TypedDict, total=False):
    """The keys of a file of `translations/`; see `config.catalog.keys`."""

    words: dict[str, str | dict[str, str]]
    """By the fields of `model.Words`."""
    labels: dict[str, str]
    events: dict[str, TranslatedMessageKeys]


class TranslatedMessageKeys(TypedDict, total=False):
    title: str
    body: str
    facts: dict[str, str]
    link: TranslatedLinkKeys
    short: str


class TranslatedLinkKeys(TypedDict, total=False):
    label: str


def with_translations(
    catalog: Catalog, files: Mapping[str, bytes], events: Mapping[str, Any], schemas: Schemas, sections: Sections
) -> tuple[Catalog, Mapping[str, Words], list[Problem]]:
    """(*catalog* with the messages in the languages of *files*, by their names; our own words in them; problems).

    *events* are the event types as the YAML of the catalogue has them.
    """
    translated: dict[str, dict[str, MessageTemplate]] = {}
    words: dict[str, Words] = {}
    problems: list[Problem] = []
    for file, text in files.items():
        language = PurePosixPath(file).stem
        document, faults = _read(text, file, schemas)
        if not _is_locale(language):
            faults.append(
                Problem(Place(file), "", f"{quote(language)} is no language", "name the file after one: de.yaml")
            )
        value: TranslationKeys = document.value or TranslationKeys()
        own_words = Entry(language, value.get("words", {}), document, ("words",))
        faults += check_words(own_words)
        if own_words.value and not any(fault.is_error for fault in faults):
            words[language] = build_words(language, own_words.value, words)
        for name, message in ({} if file.startswith(SHIPPED_WORDS) else value.get("events", {})).items():
            entry = Entry(name, message, document, ("events", name))
            faults_of_message = list(_check(entry, catalog, events, schemas, sections))
            faults += faults_of_message
            if not any(fault.is_error for fault in faults_of_message):
                whole = _translate(catalog.events[name].message, message, value.get("labels", {}))
                translated.setdefault(name, {})[language] = whole
        # A catalogue that extends the shipped one may have taken away what a shipped file translates.
        problems += [] if file.startswith(SHIPPED_TRANSLATIONS) else faults
    if not translated:
        return catalog, words, problems
    types = {
        name: replace(event_type, translations=translated[name]) if name in translated else event_type
        for name, event_type in catalog.events.items()
    }
    return replace(catalog, events=types), words, problems


def check_languages(sections: Sections, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """A language of a person or channel in which there is no message."""
    known = sorted({PurePosixPath(file).stem for file in files})
    for entry in (*sections.channels.values(), *sections.people.values()):
        language = str((entry.value or {}).get("language", ""))
        if not language or language.startswith("en") or {language, language.partition("_")[0]} & {*known}:
            continue
        hint = did_you_mean(language, known) or f"write translations/{language}.yaml, or use `locale`"
        yield entry.problem(("language",), f"there are no messages in the language {quote(language)}", hint)


def _translate(message: MessageTemplate, value: TranslatedMessageKeys, labels: Mapping[str, str]) -> MessageTemplate:
    facts = value.get("facts", {})
    return replace(
        message,
        title=value.get("title", message.title),
        body=value.get("body", message.body),
        short=value.get("short", message.short),
        link_label=value.get("link", {}).get("label", message.link_label),
        facts=tuple((labels.get(label, label), facts.get(label, source)) for label, source in message.facts),
    )


def _read(text: bytes, file: str, schemas: Schemas) -> tuple[Document, list[Problem]]:
    """(the document, which is empty where it has an error; problems)."""
    document, problems = read(text, file)
    if document is not None and not any(problem.is_error for problem in problems):
        document, faults = conform(document, schemas)
        problems = [*problems, *faults]
    if document is None or any(problem.is_error for problem in problems):
        return Document(file, None), list(problems)
    return document, list(problems)


def _check(
    entry: Entry, catalog: Catalog, events: Mapping[str, Any], schemas: Schemas, sections: Sections
) -> Iterator[Problem]:
    """What is wrong with the translation of one message."""
    event_type = catalog.events.get(entry.name)
    if event_type is None or event_type.is_fact or entry.name not in events:
        hint = did_you_mean(entry.name, (name for name in events if not catalog.events[name].is_fact))
        yield entry.problem((), f"no message of an event type {quote(entry.name)}", hint, key=True)
        return
    value: TranslatedMessageKeys = entry.value
    labels = [label for label, _ in event_type.message.facts]
    for label in value.get("facts", {}):
        if label not in labels:
            hint = did_you_mean(label, labels) or "name it as the catalogue does; `labels` translates the names"
            yield entry.problem(("facts", label), f"the message has no fact {quote(label)}", hint, key=True)
    faults: list[Problem] = []
    shape = Shape.declared(events[entry.name])
    for place, source in _templates(value):
        faults += check_template(entry, place, source, shape, schemas, is_optional=place[0] in ("link", "facts"))
    yield from faults
    if any(fault.is_error for fault in faults):
        return
    for place, source in _templates(value):
        for lookup in lookup_names(source):
            if unknown := sections.unknown("lookups", lookup):
                yield entry.problem(place, *unknown)
    yield from _check_example(entry, event_type)


def _check_example(entry: Entry, event_type: EventType) -> Iterator[Problem]:
    """What is wrong with the translated message of the example event."""
    value: TranslatedMessageKeys = entry.value
    now = datetime.now(UTC)
    example = Event("example", event_type.name, "", "", None, now, event_type.severity, event_type.example)
    translated = _translate(event_type.message, value, {})
    try:
        templates.render(translated, example, [])
    except TemplateFailed as exc:
        yield entry.problem((), f"the message of the example cannot be written: {exc}")
    outside = planted_event(event_type.example, event_type.staff_fields, event_type.customer, event_type.subject)
    for part in leaking_parts(translated, outside) if outside else ():
        if part in value:
            yield entry.problem((part,), LEAK, WHO_SAYS)


def _templates(value: TranslatedMessageKeys) -> Iterator[tuple[Rest, str]]:
    """(place, source) of each template."""
    texts = {"title": value.get("title"), "body": value.get("body"), "short": value.get("short")}
    yield from (((part,), text) for part, text in texts.items() if text is not None)
    if "link" in value:
        yield ("link", "label"), value["link"]["label"]
    yield from ((("facts", label), source) for label, source in value.get("facts", {}).items())


def _is_locale(name: str) -> bool:
    try:
        return bool(locales.locale_of(name))
    except ValueError:
        return False
