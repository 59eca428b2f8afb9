"""The memory that counts is that of the container, and not that of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.machine_memory import memory_limit

GIB = 2**30
NO_LIMIT_V1 = "9223372036854771712"


def machine(root: Path, group: str, **limits: str) -> Path:
    """A machine of 8 GiB whose process is in *group*; *limits* are files by their path, `__` for a slash."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text("MemTotal:        8388608 kB\nMemFree:         1000 kB\n")
    (root / "proc/self/cgroup").write_text(group)
    for path, text in limits.items():
        file = root / "sys/fs/cgroup" / path.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("group", "limits", "expected"),
    [
        ("0::/\n", {"memory_dot_max": "536870912"}, GIB // 2),
        ("0::/\n", {"memory_dot_max": "max"}, 8 * GIB),
        ("0::/\n", {}, 8 * GIB),
        ("0::/app/web\n", {"app__memory_dot_max": str(GIB), "app__web__memory_dot_max": "max"}, GIB),
        ("0::/app/web\n", {"app__memory_dot_max": str(GIB), "app__web__memory_dot_max": str(2 * GIB)}, GIB),
        ("5:cpu:/\n4:memory:/docker/0a\n0::/\n", {"memory__memory_dot_limit_in_bytes": str(GIB)}, GIB),
        ("4:memory:/docker/0a\n", {"memory__docker__0a__memory_dot_limit_in_bytes": str(GIB)}, GIB),
        ("4:cpu,memory:/\n", {"memory__memory_dot_limit_in_bytes": NO_LIMIT_V1}, 8 * GIB),
        ("0::/\n", {"memory_dot_max": str(64 * GIB)}, 8 * GIB),
    ],
)
def test_the_lowest_limit_of_a_control_group_counts(
    tmp_path: Path, group: str, limits: dict[str, str], expected: int
) -> None:
    assert memory_limit(machine(tmp_path, group, **limits)) == expected


def test_a_machine_without_control_groups_has_no_limit(tmp_path: Path) -> None:
    assert memory_limit(tmp_path) is None
