"""The Lua scripts and the Python beside them say the same: arguments by name, states, reasons, verdicts, alarms."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints

import pytest

import gateway.store
from gateway.model import DeliveryState, FailureReason
from gateway.store.alarms import ALARM_KINDS
from gateway.store.backlog import LANE_FIELDS
from gateway.store.counters import DELIVERY_BUCKETS_MS
from gateway.store.records import CommitResult, DeliveryResult
from gateway.timing.thresholds import Side

LUA = Path(gateway.store.__file__).parent / "lua"
SCRIPTS = {file.stem: file.read_text() for file in sorted(LUA.glob("*.lua"))}
GROUP = re.compile(r"^local (\w+_(?:KEYS|ARGS)) = \{(.*?)\}", re.MULTILINE | re.DOTALL)
TEXT = re.compile(r"'([^'\n]*)'")
COMPARED = re.compile(r"(?:==|~=) '([a-z-]+)'|'([a-z-]+)' (?:==|~=)")
WRITE = re.compile(r"redis\.call\('HSET'.*")
STORED = re.compile(r"'(state|reason)', '([\w-]+)'")


def groups(source: str) -> dict[str, tuple[str, ...]]:
    """The fields of every group that a script reads, by the name of the class that writes it."""
    return {
        "".join(word.title() for word in name.split("_")): tuple(TEXT.findall(body))
        for name, body in GROUP.findall(source)
    }


READ = {name: fields for source in SCRIPTS.values() for name, fields in groups(source).items()}
MODULES = [importlib.import_module(f"gateway.store.{info.name}") for info in iter_modules(gateway.store.__path__)]
WRITTEN: dict[str, Any] = {
    name: item
    for module in MODULES
    for name, item in vars(module).items()
    if name.endswith(("Keys", "Args")) and item.__module__ == module.__name__
}


def test_every_group_has_a_name_of_its_own() -> None:
    assert sum(len(groups(source)) for source in SCRIPTS.values()) == len(READ) > 30


@pytest.mark.parametrize("name", sorted(READ.keys() | WRITTEN.keys()))
def test_what_a_script_reads_is_what_python_writes(name: str) -> None:
    assert WRITTEN[name]._fields == READ[name]


def test_figures_that_both_name_are_the_same() -> None:
    _, _, buckets = SCRIPTS["counters"].partition("DELIVERY_BUCKETS_MS = {")
    _, _, fields = SCRIPTS["backlog"].partition("call.lane_prefix .. lane,")

    assert tuple(map(int, buckets.split("}")[0].split(","))) == DELIVERY_BUCKETS_MS
    assert tuple(TEXT.findall(fields.split(")")[0])) == LANE_FIELDS


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_reads_the_fields_that_it_has(script: str) -> None:
    """`call.x`, `event.x`, ... in Lua is nil when there is no such field, without an error."""
    known = {
        field
        for source in (script, "ending", "accept", "timing")
        for one in groups(SCRIPTS[source]).values()
        for field in one
    }
    used = set(re.findall(r"\b(?:call|ending|event|delivery|step|shared|result|timer)\.(\w+)", SCRIPTS[script]))
    assert used - known - {"timing", "deliveries", "id"} == set()


def literals(field: str) -> set[str]:
    return set(get_args(get_type_hints(DeliveryResult)[field]))


WORDS = {
    "state": {state.value for state in DeliveryState},
    "reason": {reason.value for reason in FailureReason},
    "verdict": literals("verdict"),
    "health": literals("health"),
    "side": {side.value for side in Side},
    "occasion": {"threshold", "moment"},
    "outcome": {"none"},
    "result of a commit": set(get_args(get_type_hints(CommitResult)["status"])),
    "mark of a subject's timers": {"cancelled", "suspended", "resumed"},
    "who told of a threshold": {"gateway", "source", "below"},
    "step": set(re.findall(r"function timing\.(\w+)", SCRIPTS["timing"])),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_words_in_lua_are_values_of_the_enums(script: str) -> None:
    code = re.sub(r"--.*", "", SCRIPTS[script])
    compared = {first or second for first, second in COMPARED.findall(code)}
    assert compared <= set().union(*WORDS.values())
    for write in WRITE.findall(code):
        for field, word in STORED.findall(write):
            assert word in WORDS[field]
    for words in re.findall(r"local (?:WAITS|STAYS) = \{(.*?)\}", code):
        assert set(re.findall(r"(\w+) = true", words)) <= WORDS["state"]
    for reason in re.findall(r"bury\([^)]*'([\w-]+)'\)", code):
        assert reason in WORDS["reason"]
    assert set(re.findall(r"alarm\('(\w+)'", code)) <= set(ALARM_KINDS)


def test_what_waits_and_what_stays_is_what_the_enum_says() -> None:
    waits = {state.value for state in DeliveryState if not state.is_final}
    (trim,) = re.findall(r"local WAITS = \{(.*?)\}", SCRIPTS["trim"])
    (evict,) = re.findall(r"local STAYS = \{(.*?)\}", SCRIPTS["evict"])

    assert set(re.findall(r"(\w+) = true", trim)) == waits
    assert set(re.findall(r"(\w+) = true", evict)) == waits | {DeliveryState.DEAD.value}
