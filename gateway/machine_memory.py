"""How much memory this process may use on this machine or in its container."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def memory_limit(root: Path = Path("/")) -> int | None:
    """In bytes: the smallest of the machine's memory and the limits of our control groups (v1 and v2); None if unknown.

    *root* is the folder that contains /proc and /sys.
    """
    limits: list[int] = []
    with suppress(OSError, ValueError, IndexError):
        lines = (root / "proc/meminfo").read_text("ascii").splitlines()
        limits += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:")]
    groups: list[str] = []
    with suppress(OSError):
        groups = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    for line in groups:
        _, controllers, group = line.split(":", 2)
        if not controllers:
            hierarchy, file = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            hierarchy, file = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        # The limits of our group and of all groups above it apply. A container sees its own group as the top of the
        # hierarchy, sometimes under the path that it has on the host.
        path = Path(group.lstrip("/"))
        for folder in [path, *path.parents]:
            with suppress(OSError, ValueError):  # there is no such group; or the limit is "max", which means none
                limits.append(int((hierarchy / folder / file).read_text("ascii")))
    return min(limits, default=None)
