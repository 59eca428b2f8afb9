"""Having the embedded server give memory back to the system once most of what it holds is free.

It was built without jemalloc, so MEMORY PURGE does nothing and active defragmentation does not exist. What Valkey does
trim is the heap after it has replaced its script engine: `SCRIPT FLUSH` calls malloc_trim (docs/performance.md has the
figures). Every script is sent again when it is next called.
"""

from __future__ import annotations

from typing import Any

import redis

from gateway.store.client import translated

WORTHWHILE_BYTES = 16 * 2**20
"""Less free memory than this stays where it is."""


def give_memory_back(client: redis.Redis) -> bool:
    """Whether the server was asked to trim its heap: while less than half of what is resident is free, it is not.

    Raises: StoreUnavailable.
    """
    with translated("having the server give memory back"):
        memory: Any = client.info("memory")
        free = memory["used_memory_rss"] - memory["used_memory"]
        is_worthwhile = bool(free > max(WORTHWHILE_BYTES, memory["used_memory"]))
        if is_worthwhile:
            client.script_flush("SYNC")
    return is_worthwhile
