"""A large configuration is loaded by another process, which runs the same code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.config.aside import NICENESS, Inputs, load_aside, load_here, take
from tests.support.gateways import small_config


def test_code_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("gateway", "yaml", "pickle"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('the wrong code')", "utf-8")
    inputs = Inputs(small_config(tmp_path), {}, None, {})
    expected = load_here(inputs).config
    monkeypatch.chdir(tmp_path)
    config = take(load_aside(inputs)).config
    assert config is not None
    assert expected is not None
    assert config.digest == expected.digest


def test_it_leaves_the_cpu_to_the_processes_that_take_events(tmp_path: Path) -> None:
    """In a session of its own, since Linux may compare the niceness of processes only within their session."""
    facts, autogroup = tmp_path / "facts", Path("/proc/self/autogroup")
    report = f"import os; open({str(facts)!r}, 'w').write(f'{{os.nice(0)}} {{os.getsid(0) == os.getpid()}}')"
    if autogroup.exists():
        report += f"; open({str(facts)!r}, 'a').write(' ' + open({str(autogroup)!r}).read())"

    class ReportsWhereItIsUnpickled:
        def __reduce__(self) -> tuple[object, ...]:
            return exec, (report,)

    load_aside(Inputs(small_config(tmp_path), {"X": ReportsWhereItIsUnpickled()}, None, {}))  # type: ignore[dict-item]
    niceness, is_leader, *group = facts.read_text("utf-8").split()
    assert (niceness, is_leader) == (str(os.nice(0) + NICENESS), "True")
    assert not group or group[1:] == ["nice", str(NICENESS)]
