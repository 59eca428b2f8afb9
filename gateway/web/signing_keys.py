"""The keys with which ConnectWise signs: each body names the URL of its key, which is fetched once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from gateway.errors import ApiError
from gateway.strict_json import decode

MAX_KEYS = 10
"""For one host; the oldest is dropped."""
FETCH_EVERY_S = 2.0
"""For one host: a sender may name another URL each time, and no body is trusted yet."""
MAX_URL = 500
MAX_BODY_BYTES = 256 * 1024
"""A larger body from a stranger is not read."""


def key_url_of(body: bytes, host: str) -> str | None:
    """The URL in `Metadata.key_url` of *body*, if it is on *host* over HTTPS.

    The body comes from a stranger: without this check it could make the gateway request any address.
    """
    try:
        document = decode(body) if len(body) <= MAX_BODY_BYTES else None
    except ApiError:
        return None
    metadata = document.get("Metadata") if isinstance(document, dict) else None
    url = metadata.get("key_url") if isinstance(metadata, dict) else None
    if not isinstance(url, str) or len(url) > MAX_URL or not (url.isascii() and url.isprintable()) or " " in url:
        return None
    try:
        parts = urlsplit(url)
        is_of_host = parts.scheme == "https" and parts.netloc.lower().removesuffix(":443") == host
    except ValueError:
        return None
    return url if is_of_host and "\\" not in url else None


class SigningKeys:
    """Safe in threads."""

    def __init__(self, fetch: Callable[[str], bytes | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, dict[str, bytes]] = {}
        self._fetched_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def by_host(self) -> Mapping[str, tuple[bytes, ...]]:
        return {host: tuple(keys.values()) for host, keys in self._keys.items()}

    def reserve_fetch(self, host: str, url: str) -> bool:
        """Whether the key at *url* is unknown and may be fetched now; if so, others have to wait a while."""
        with self._lock:
            now = self._clock()
            if url in self._keys.get(host, {}) or now - self._fetched_at.get(host, -FETCH_EVERY_S) < FETCH_EVERY_S:
                return False
            self._fetched_at[host] = now
            return True

    def fetch(self, host: str, url: str) -> None:
        """Fetches the key at *url* and stores it, if there is one."""
        content = self._fetch(url)
        try:
            key = json.loads(content)["signing_key"] if content else None
        except (ValueError, TypeError, KeyError):
            key = None
        if not isinstance(key, str) or not key:
            return
        with self._lock:
            # ConnectWise signs with the SHA-256 of its key. The dict is replaced, not changed, so that `by_host` needs
            # no lock.
            keys = {**self._keys.get(host, {}), url: sha256(key.encode()).digest()}
            while len(keys) > MAX_KEYS:
                del keys[next(iter(keys))]
            self._keys = {**self._keys, host: keys}
