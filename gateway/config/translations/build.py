"""Builds the catalogue's messages in other languages from the files of `translations/`, such as `de.yaml`.

A translation may leave out any part of a message. That part is then taken from another file for the same language, else
from the language without its country (`de` for `de_CH`), else from the catalogue.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from gateway.config.builtin import read_builtin
from gateway.config.files import SHIPPED_TRANSLATIONS, SHIPPED_WORDS, Files
from gateway.config.form import conform
from gateway.config.messages import check_variant_names
from gateway.config.places.services import Services
from gateway.config.sections import Entry, Sections
from gateway.config.translations.check import check_categories, check_labels, check_message
from gateway.config.translations.keys import TranslatedMessageKeys, TranslationKeys
from gateway.config.translations.message import merge, translate, without_changed
from gateway.config.translations.words import build_words, check_words
from gateway.messages.filters import locales
from gateway.model import BUILTIN, Catalog, DocumentPath, Place, Problem, Words, has_errors, is_builtin
from gateway.model.languages import canonical, fallbacks
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.validation.validator import Schemas
from gateway.yaml.document import Document
from gateway.yaml.reader import read


@dataclass
class _Language:
    """Everything that the files of a language contain."""

    labels: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    events: dict[str, TranslatedMessageKeys] = field(default_factory=dict)


def with_translations(
    catalog: Catalog,
    document: Document,
    files: Files,
    schemas: Schemas,
    sections: Sections,
    services: Services | None,
) -> tuple[Catalog, Mapping[str, Words], list[Problem]]:
    """Returns (*catalog* with the messages of all languages in *files*, the gateway's own words by language, problems).

    *document* is the document of the catalogue.
    """
    events = {**document.value["events"], **read_builtin()[0].value["events"]}
    # Where a folder changes a text of the shipped catalogue, the shipped translation of that text no longer fits.
    # They are those with a position: of a document that extends another, only its own texts have one.
    changed = document.positions if files.shipped_catalog is not None else {}
    languages: dict[str, _Language] = {}
    words_of: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for file, text in files.translations.items():
        language, is_shipped = _language_of(file), file.startswith(SHIPPED_TRANSLATIONS)
        translation, faults = _read(text, file, schemas)
        value: TranslationKeys = translation.value or TranslationKeys()
        own_words = Entry(language, value.get("words", {}), translation, ("words",))
        faults += check_words(own_words)
        if own_words.value and not has_errors(faults):
            words_of.setdefault(language, {}).update(own_words.value)
        if file.startswith(SHIPPED_WORDS):
            value = _of_gateway(value)
        if is_shipped:
            value = _unchanged(value, catalog, changed)
        collected = languages.setdefault(language, _Language())
        labels = value.get("labels", {})
        faults += check_labels(Entry(language, labels, translation, ("labels",)), catalog)
        collected.labels |= labels
        titles = value.get("categories", {})
        faults += check_categories(Entry(language, titles, translation, ("categories",)), catalog)
        collected.categories |= titles
        for name, parts in value.get("events", {}).items():
            entry = Entry(name, parts, translation, ("events", name))
            faults_of_message = [
                *check_message(entry, catalog, events, schemas, sections),
                *check_variant_names(entry, sections, services),
            ]
            faults += faults_of_message
            if not has_errors(faults_of_message):
                collected.events[name] = merge(collected.events.get(name, {}), parts)
        # Faults of shipped files are not reported: a folder may have removed what a shipped file translates.
        problems += [] if is_shipped else faults
    # The general languages first, since `de_AT` takes from `de` what it lacks.
    words: dict[str, Words] = {}
    for language in sorted(words_of, key=lambda name: len(fallbacks(name))):
        words[language] = build_words(language, words_of[language], words)
    return _build(catalog, languages), words, problems


def _of_gateway(value: TranslationKeys) -> TranslationKeys:
    """The part of a shipped translation that is about the gateway itself. Only this part applies to a catalogue that
    does not extend the shipped one."""
    events = {name: message for name, message in value.get("events", {}).items() if is_builtin(name)}
    labels = {label for event_type in read_builtin()[1].events.values() for label, _ in event_type.message.facts}
    return TranslationKeys(
        events=events,
        labels={label: text for label, text in value.get("labels", {}).items() if label in labels},
        categories={name: title for name, title in value.get("categories", {}).items() if name == BUILTIN},
    )


def _unchanged(value: TranslationKeys, catalog: Catalog, changed: Container[DocumentPath]) -> TranslationKeys:
    """*value*, of a shipped file, without translations of texts in *changed*."""
    titles = value.get("categories", {})
    events = dict(value.get("events", {}))
    for name in events.keys() & catalog.events.keys():
        path = ("events", name, "message")
        events[name] = without_changed(events[name], catalog.events[name].message, changed, path)
    return TranslationKeys(
        events=events,
        labels=value.get("labels", {}),
        categories={name: title for name, title in titles.items() if ("categories", name, "title") not in changed},
    )


def _build(catalog: Catalog, languages: Mapping[str, _Language]) -> Catalog:
    """*catalog* with its messages and the titles of its categories in *languages*."""
    messages: dict[str, dict[str, Any]] = {}
    titles: dict[str, dict[str, str]] = {}
    for language in languages:
        whole = _Language()
        for own in (languages[name] for name in reversed(fallbacks(language)) if name in languages):
            whole.labels |= own.labels
            whole.categories |= own.categories
            whole.events |= {name: merge(whole.events.get(name, {}), value) for name, value in own.events.items()}
        for name, event_type in catalog.events.items():
            if name in whole.events or any(label in whole.labels for label, _ in event_type.message.facts):
                translated = translate(event_type.message, whole.events.get(name, {}), whole.labels)
                messages.setdefault(name, {})[language] = translated
        for name, title in whole.categories.items():
            titles.setdefault(name, {})[language] = title
    if not messages and not titles:
        return catalog
    events, categories = dict(catalog.events), dict(catalog.categories)
    events |= {name: replace(events[name], translations=by_language) for name, by_language in messages.items()}
    categories |= {
        name: replace(categories[name], titles=by_language)
        for name, by_language in titles.items()
        if name in categories
    }
    return replace(catalog, events=events, categories=categories)


def check_languages(sections: Sections, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Problems of each `language`, of the file, a person or a channel, that is no language or has no messages."""
    languages = sorted({_language_of(file) for file in files} | {"en"})
    readers = (*sections.channels.values(), *sections.people.values())
    entries = [entry.below("language") for entry in readers if "language" in (entry.value or {})]
    for entry in (*entries, *([sections.language] if sections.language else [])):
        language = str(entry.value)
        if locales.find_locale(language) is None:
            hint = did_you_mean(language, languages) or f"use its code; there are messages in {', '.join(languages)}"
            yield entry.problem((), f"unknown language {quote(language)}", hint)
        elif not {*fallbacks(language)} & {*languages}:
            hint = (
                did_you_mean(language, languages) or f"write translations/{canonical(language)}.yaml, or use `locale`"
            )
            yield entry.problem((), f"there are no messages in the language {quote(language)}", hint)


def _read(text: bytes, file: str, schemas: Schemas) -> tuple[Document, list[Problem]]:
    """The document, which is empty if it has an error, and the problems of the document and of the name of *file*."""
    document, problems = read(text, file)
    if document is not None and not has_errors(problems):
        document, faults = conform(document, schemas)
        problems = [*problems, *faults]
    if document is None or has_errors(problems):
        document = Document(file, None)
    language = _language_of(file)
    if locales.find_locale(language) is None:
        message, hint = f"{quote(language)} is not a language", "name the file after one: de.yaml"
        problems = [*problems, Problem(Place(file), "", message, hint)]
    return document, list(problems)


def _language_of(file: str) -> str:
    return canonical(PurePosixPath(file).stem)
