"""`words` in a translation: the words that the gateway itself adds to messages, in another language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from gateway.config.sections import Entry
from gateway.messages.escaping import one_line
from gateway.messages.filters import locales
from gateway.model import ENGLISH, Problem, Words
from gateway.model.languages import fallbacks
from gateway.quoting import quote
from gateway.suggestions import did_you_mean

LANGUAGE, OTHER = "language", "other"
KNOWN = {field.name: getattr(ENGLISH, field.name) for field in fields(Words) if field.name != LANGUAGE}
COUNT = "{count}"
FORMS_WITHOUT_NUMBER = (("zero",), ("one",), ("two",))
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
Translated = Mapping[str, str | Mapping[str, str]]


def check_words(entry: Entry) -> Iterator[Problem]:
    """Words that do not exist, placeholders that would not be replaced, and plural forms that the language needs."""
    locale = locales.find_locale(entry.name)
    plurals = {*(locale.plural_form.tags if locale else ()), OTHER}
    for name, value in entry.value.items():
        if name not in KNOWN:
            yield entry.problem((name,), f"unknown word {quote(name)}", did_you_mean(name, KNOWN), key=True)
            continue
        english = KNOWN[name]
        is_counted = not isinstance(english, str)
        if not is_counted and not isinstance(value, str):
            yield entry.problem((name,), "this word has no plural: expected a text")
            continue
        expected = set(PLACEHOLDER.findall(english if isinstance(english, str) else english[0][1]))
        forms = {(name,): value} if isinstance(value, str) else {(name, form): text for form, text in value.items()}
        for place, text in forms.items():
            for placeholder in sorted(set(PLACEHOLDER.findall(text)) - expected):
                hint = f"there is {' and '.join(sorted(expected))}" if expected else None
                yield entry.problem(place, f"unknown placeholder {quote(placeholder)}", hint)
            # "One more" and "two more" may go without a number.
            if is_counted and COUNT not in text and place[1:] not in FORMS_WITHOUT_NUMBER:
                yield entry.problem(place, f"missing placeholder {quote(COUNT)}")
        if isinstance(value, Mapping):
            missing = sorted(plurals - value.keys())
            if missing:
                yield entry.problem((name,), f"the language needs a form for {', '.join(missing)}")


def build_words(language: str, value: Translated, others: Mapping[str, Words]) -> Words:
    """The words of *language*: from *value*, else those of the nearest more general language in *others*, else the
    English ones."""
    base = next((others[name] for name in fallbacks(language) if name in others), ENGLISH)
    changed: dict[str, Any] = {}
    for name, text in value.items():
        forms = {OTHER: text} if isinstance(text, str) else text
        cleaned = tuple((form, one_line(words)) for form, words in forms.items())
        # A word that is counted has its forms by their plural categories.
        changed[name] = cleaned[0][1] if isinstance(KNOWN[name], str) else cleaned
    return replace(base, language=language, **changed)
