"""Makes the embedded server return memory to the system when most of what it holds is free.

It was built without jemalloc, so MEMORY PURGE does nothing and there is no active defragmentation. But Valkey trims the
heap after it has replaced its script engine: `SCRIPT FLUSH` calls malloc_trim (docs/performance.md has the figures).
Every script is sent again when it is next called.
"""

from __future__ import annotations

from typing import Any

import redis

from gateway.store.client import translated

WORTHWHILE_BYTES = 16 * 2**20
"""Less free memory than this is not worth returning."""


def give_memory_back(client: redis.Redis) -> bool:
    """Asks the server to trim its heap if at least half of the resident memory is free. Returns whether it was asked.

    Raises: StoreUnavailable.
    """
    with translated("having the server give memory back"):
        memory: Any = client.info("memory")
        free = memory["used_memory_rss"] - memory["used_memory"]
        is_worthwhile = bool(free > max(WORTHWHILE_BYTES, memory["used_memory"]))
        if is_worthwhile:
            client.script_flush("SYNC")
    return is_worthwhile
