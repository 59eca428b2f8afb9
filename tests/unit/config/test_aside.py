"""A large configuration is loaded by another process, which runs the same code."""

from __future__ import annotations

import io
import json
import os
import pickle
from pathlib import Path

import pytest

from gateway.config import aside
from gateway.config.aside import NICENESS, Inputs, load_aside, load_here, parts_of, send, take
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

    load_aside(Inputs(small_config(tmp_path), {"X": ReportsWhereItIsUnpickled()}, None, {}))  # type: ignore[dict-item] # no text: see above
    niceness, is_leader, *group = facts.read_text("utf-8").split()
    assert (niceness, is_leader) == (str(os.nice(0) + NICENESS), "True")
    assert not group or group[1:] == ["nice", str(NICENESS)]


def test_a_large_map_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading 20,000 entries at once would keep posted events waiting for 11 ms."""
    monkeypatch.setattr(aside, "MAX_ENTRIES", 5)
    folder = small_config(tmp_path)
    people = {f"p{number}": {"name": f"Person {number}"} for number in range(11)}
    (folder / "routes" / "people.yaml").write_text(json.dumps({"people": people}), "utf-8")
    inputs, stream = Inputs(folder, {}, None, {}), io.BytesIO()
    expected = load_here(inputs).config
    send(load_here(inputs), stream)
    config = take(stream.getvalue()).config
    assert expected is not None
    assert config is not None
    assert list(config.people.items()) == list(expected.people.items())
    assert config.people_by_full_name == expected.people_by_full_name
    stream.seek(0)
    unpickler, lengths = pickle.Unpickler(stream), []  # noqa: S301 - the test has written it
    while stream.tell() < len(stream.getvalue()):
        part = unpickler.load()
        lengths += [len(value) for value in (part if isinstance(part, tuple) else (part,)) if isinstance(value, dict)]
    assert lengths.count(5) >= 2
    assert max(lengths) == 5


def test_what_was_only_needed_for_reading_is_freed_with_pauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Freeing it at once would keep posted events waiting for 30 ms."""
    monkeypatch.setattr(aside, "PARTS_BETWEEN_PAUSES", 5)
    monkeypatch.setattr(aside, "WORK_S", 60.0)
    loaded, stream = load_here(Inputs(small_config(tmp_path), {}, None, {})), io.BytesIO()
    assert loaded.config is not None
    send(loaded, stream)
    pauses_s: list[float] = []
    with monkeypatch.context() as patched:
        patched.setattr(aside.time, "sleep", pauses_s.append)
        take(stream.getvalue())
    assert len(pauses_s) >= len(list(parts_of(loaded.config))) // 5 > 1
