"""A stored event is explained by the rules that planned it, also when the configuration is another one by now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.dispatcher.keep_rules import RulesKeeper
from gateway.intake.accept import accept
from gateway.intake.explain import explain, explain_stored
from gateway.routing.explain import sentences
from gateway.runtime import Runtime
from tests.support import gateway_folder
from tests.support.builders import NOW
from tests.support.gateway_folder import ticket

LOUD = "routes: [{name: loud, notify: [ticket.created.any], when: {event.severity: {at_least: SEVERITY}}, to: [noc]}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = gateway_folder.write(tmp_path / "config")
    (folder / "routes" / "loud.yaml").write_text(LOUD.replace("SEVERITY", "error"), "utf-8")
    return folder


def stored(runtime: Runtime, id: str) -> list[str]:
    """The sentences of the explanation of a stored event."""
    return sentences(explain_stored(runtime, runtime.views.event(id))["explanation"])


def posted(runtime: Runtime, **event: Any) -> list[str]:
    """The sentences that `explain` has for an event, which is then posted."""
    source = runtime.config.current().sources["psa"]
    asked = explain(runtime, source, ticket(**event), NOW)["explanation"]
    accept(runtime, source, [ticket(**event)], None, NOW)
    return sentences(asked)


def changed(open_on: Callable[..., Runtime], url: str, folder: Path) -> Runtime:
    """A gateway with another configuration on the same ledger: the loud route would fire by now."""
    (folder / "routes" / "loud.yaml").write_text(LOUD.replace("SEVERITY", "info"), "utf-8")
    return open_on(url)


def test_an_event_is_explained_by_the_configuration_that_planned_it(
    runtime: Runtime, open_on: Callable[..., Runtime], redis_url: str, folder: Path
) -> None:
    asked = posted(runtime, id="a", severity="info")
    assert any("does not fire" in line for line in asked), asked
    assert stored(runtime, "a") == asked
    RulesKeeper(runtime).tick(runtime.config.current())
    later = changed(open_on, redis_url, folder)
    assert later.config.current().digest != runtime.config.current().digest
    assert stored(later, "a") == asked


def test_that_the_rules_are_gone_is_said_and_what_fired_is_still_there(
    runtime: Runtime, open_on: Callable[..., Runtime], redis_url: str, folder: Path
) -> None:
    asked = posted(runtime, id="a", severity="info")
    *lines, note = stored(changed(open_on, redis_url, folder), "a")
    assert lines == [line for line in asked if "does not" not in line]
    assert "whose rules are not kept any more" in note
