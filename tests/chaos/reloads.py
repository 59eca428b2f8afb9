"""R13: the configuration changes under load, and every second change is broken."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gateway.config.load import load
from tests.chaos.rig import Result, Rig
from tests.support.gateways import eventually

RATE = 17.0
"""Events a second."""
CHANGE_EVERY_S = 1.5
"""A process looks for changes once a second, and waits until one has settled."""
BREAK = {
    "unknown channel": lambda text: text.replace("to: [c", "to: [no-c"),
    "key twice": lambda text: text + "routes: []\n",
    "unset secret": lambda text: text.replace("path: /c0", "path: /c0, password: {env: NOT_SET}"),
    "half written": lambda text: text[: len(text) // 2] + "\n  - {",
    "unknown key": lambda text: text.replace("notify:", "notfy:"),
}
"""What a slip makes of the routes."""
NO_SLIP = {"both": lambda text: text.replace("{number: -", "{number: -9")}
"""A change that nobody announced, and that breaks nothing."""


def reloads(scale: float, seed: int) -> Result:
    """R13: no event meets a broken or a mixed configuration; each names the one that it was planned by."""
    return _reloads(max(6, int(200 * scale)), seed, BREAK)


def reloads_that_break_nothing(scale: float, seed: int) -> Result:
    """The control of R13: what should be broken is used."""
    return _reloads(6, seed, NO_SLIP)


def _reloads(changes: int, seed: int, slips: Mapping[str, Callable[[str], str]]) -> Result:
    chance = random.Random(seed)
    with Rig(channels=2) as rig:
        file = rig.folder / "config" / "routes" / "all.yaml"
        both = file.read_text()
        targets = {load(file.parents[1], {}).digest: {"c0", "c1"}}
        posts = rig.client.start(int(changes * CHANGE_EVERY_S * RATE), RATE)
        broken = 0
        for change in range(changes):
            text = _version(both, change)
            if change % 2:
                text = chance.choice(list(slips.values()))(text)
                broken += 1
            else:
                targets[_digest(rig.folder / "trial", text, file)] = {f"c{change // 2 % 2}"}
            file.write_text(text)
            time.sleep(CHANGE_EVERY_S)
        file.write_text(both)
        for one in posts:
            one.result()
        result = rig.judge(most_twice=0)
        met = eventually(lambda: rig.ask("/readyz")["config"]["stale"] is False)
        wrong = [event for event in _answers(rig) if targets.get(event["config"]) != event["targets"]]
        log = rig.gateway.log.read_text()
        used = {event["config"] for event in _answers(rig)}
    result.figures |= {
        "changes": changes,
        "broken changes": broken,
        "configurations that events met": len(used),
        "refused by the log": log.count("is not used;"),
        "events planned by another configuration than they name": len(wrong),
    }
    result.expect(not wrong, f"{len(wrong)} events do not fit their configuration: {wrong[:3]}")
    result.expect(set(result.figures["answers"]) == {"202"}, "a reload cost a client an error")
    result.expect(log.count("is not used;") > 0, "no process met a broken configuration")
    result.expect(len(used) > 2, "hardly any change was used")
    result.expect(met, "the last change was not used")
    return result


def _version(both: str, change: int) -> str:
    """Routes to one of the two channels; the other stays in use by a route that matches nothing."""
    one, other = (f"c{change // 2 % 2}", f"c{1 - change // 2 % 2}")
    never = f"{{name: never, notify: [test.happened.any], when: {{number: {-1 - change}}}, to: [{other}]}}"
    return both.replace("to: [c0, c1]}]", f"to: [{one}]}}, {never}]")


def _digest(trial: Path, text: str, file: Path) -> str:
    """Of the configuration with *text* as its routes."""
    (trial / "routes").mkdir(parents=True, exist_ok=True)
    (trial / "catalog.yaml").write_bytes((file.parents[1] / "catalog.yaml").read_bytes())
    (trial / "routes" / file.name).write_text(text)
    return load(trial, {}).digest


def _answers(rig: Rig) -> list[dict[str, Any]]:
    return [
        {"config": document["config"], "targets": {one["target"] for one in document["deliveries"]}}
        for document in rig.client.acked.documents.values()
    ]
