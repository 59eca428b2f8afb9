"""Wrong payloads: a correct one with a few random changes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

TEXTS = (
    "",
    " ",
    "null",
    "true",
    "0",
    "-1",
    "2026-13-45T99:00:00Z",
    "0001-01-01T00:00:00Z",
    "2026-11-24 02:11:05",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    '{"id": ',
    "<b>&amp;</b>",
    "Zürich 東京 🔥",
    "a\nb\tc\u0000d",
    "\ud800",
    "x" * 5_000,
    "/tickets/ /invoices/ assigned created",
)
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    1e300,
    1.5,
    [],
    {},
    [None],
    [[]],
    {"": None},
    [1, "a", {"b": []}],
)


def mutations(payload: Any, count: int, seed: int) -> Iterator[Any]:
    """*count* copies of *payload* with one to four changes each; the same for the same *seed*."""
    random = Random(seed)
    for _ in range(count):
        changed = copy.deepcopy(payload)
        for _ in range(random.randint(1, 4)):
            changed = _changed_text(changed, random) if isinstance(changed, str) else _changed(changed, random)
        yield changed


def _changed(data: Any, random: Random) -> Any:
    places = list(_places(data))
    if not places or random.random() < 0.02:
        return random.choice([*ODD, *TEXTS])
    holder, key = random.choice(places)
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = None
        case 2:
            holder[key] = random.choice(TEXTS)
        case 3:
            holder[key] = copy.deepcopy(random.choice(ODD))
        case 4:
            other, from_key = random.choice(places)
            holder[key] = copy.deepcopy(other[from_key])
        case _:
            holder[key] = [copy.deepcopy(holder[key])] * random.randint(0, 3)
    return data


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """(object or array, key or number) of everything in *data*."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield data, key
        yield from _places(value)


def _changed_text(text: str, random: Random) -> str:
    """A text that is cut, or into which something is pasted."""
    start, end = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
    if random.random() < 0.5:
        return text[:start] + random.choice(TEXTS) + text[start:]
    return text[:start] + text[min(end, start + random.randint(1, 40)) :]


def as_body(data: Any) -> bytes:
    """*data* as a sender would post it; half of them write what is not ASCII as it is."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=len(repr(data)) % 2 == 0)
    return text.encode("utf-8", "surrogatepass")
