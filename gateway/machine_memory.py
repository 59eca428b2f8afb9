"""How much memory this machine, or the container that this process runs in, lets it use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def memory_limit(root: Path = Path("/")) -> int | None:
    """Bytes: the least of the machine's memory and the limits of our control groups (v1 and v2); None: not known.

    *root* is where /proc and /sys are found.
    """
    limits = list(_group_limits(root))
    with suppress(OSError, ValueError, IndexError):
        lines = (root / "proc/meminfo").read_text("ascii").splitlines()
        limits += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:")]
    return min(limits, default=None)


def _group_limits(root: Path) -> Iterator[int]:
    """Of our group and all groups above it, since each of them holds."""
    try:
        lines = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if not controllers:
            hierarchy, file = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            hierarchy, file = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        # A container sees its own group as the top of the hierarchy, sometimes under the path that the host gives it.
        path = Path(group.lstrip("/"))
        for folder in [path, *path.parents]:
            with suppress(OSError, ValueError):  # no such group here; or "max", which is no limit
                yield int((hierarchy / folder / file).read_text("ascii"))
