"""The people whom a text mentions: `@ana`, `@ana.lopez` or `@Ana Lopez`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from gateway.model import Config
from gateway.per_config import PerConfig

CODE = re.compile(
    r"(?P<fence>```|~~~).*?(?:(?P=fence)|\Z)"
    r"|(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"
    r"|<(?P<tag>code|pre)\b.*?(?:</(?P=tag)>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
"""Code in Markdown or HTML, where an `@` has another meaning."""
BEGINNING = re.compile(r"(?<![^\W_])(?<![.%+=&/@-])@")
"""An `@` that does not continue a word, as it would in an e-mail address or a URL."""
MAX_SIGNS = 100
"""How many `@` in a text are examined; no person writes as many."""
CONTINUES = re.compile(r"[^\W_]|[_.@-]+\w")
"""The continuation of a longer word that begins with a name, such as `@ana` in `@ana.example.com`."""


@dataclass(frozen=True, slots=True)
class Names:
    """What people may be called after an `@`, in normal form."""

    people: Mapping[str, tuple[str, ...]]
    """People by name; several people may have one full name."""
    lengths: tuple[int, ...]
    """The lengths of the names, also without the source at their beginning; the longest first."""


def names_of(config: Config) -> Names:
    """Keys, identities and full names. A number is not a name: `12 @ 30` mentions nobody."""
    people = {**config.people_by_full_name}
    people |= {identity: (person,) for identity, person in config.people_by_identity.items() if not identity.isdigit()}
    lengths = {len(name) for name in people}
    lengths |= {len(name) - name.index(":") - 1 for name in people if ":" in name}
    return Names(people, tuple(sorted(lengths - {0}, reverse=True)))


names = PerConfig(names_of)


def find_mentions(text: str, source: str, config: Config) -> dict[str, tuple[str, ...]]:
    """For each name in *text* (in normal form), the people whom it may mean, usually one. *source* is who posted the
    text.

    If several names fit, the longest counts. An `@` before any other word mentions nobody.
    """
    if "@" not in text:
        return {}
    index = names.of(config)
    # The form of the names, with which the text is compared letter by letter: see `audience.normalize`.
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", CODE.sub(" ", text)).casefold())
    folded = " ".join(folded.split())
    mentioned: dict[str, tuple[str, ...]] = {}
    for beginning in islice(BEGINNING.finditer(folded), MAX_SIGNS):
        start = beginning.end()
        for length in index.lengths:  # a look-up for each length, however many people there are
            name = folded[start : start + length]
            if len(name) < length or CONTINUES.match(folded, start + length):
                continue
            people = () if name.isdigit() else index.people.get(f"{source.casefold()}:{name}") or index.people.get(name)
            if people:
                mentioned[name] = people
                break
    return mentioned
