"""Request bodies: their media type, their size limits, and how many bytes of them a process holds at once."""

from __future__ import annotations

import re
import threading

from werkzeug.http import parse_options_header

from gateway.errors import ApiError
from gateway.settings import Settings
from gateway.web.request import Request
from gateway.web.responses import JSON

MEDIA_TYPES = frozenset({JSON, "application/cloudevents+json", "application/cloudevents-batch+json"})
CHARSETS = frozenset({"utf-8", "utf8"})
ARRAY = re.compile(rb"[ \t\r\n]*+\[")
"""Matches the beginning of a body that holds several events."""
MAX_HELD_BYTES = 64 * 1024 * 1024
"""Bytes of request bodies that one process holds at once, including those still being read."""
MAX_HELD_BYTES_OF_CLIENT = MAX_HELD_BYTES // 2
"""The part of it that one client may take: a source, or an IP address while the source is not yet known."""


def check_json(request: Request) -> None:
    """Raises: ApiError when the body cannot be JSON in UTF-8."""
    encoding = request.header("content-encoding")
    if encoding and encoding.strip().lower() != "identity":
        raise ApiError("unsupported-media-type", "Content-Encoding is not supported: send the JSON uncompressed")
    content_type = request.header("content-type")
    if content_type == JSON:
        return
    media_type, options = parse_options_header(content_type)
    if media_type.lower() not in MEDIA_TYPES:
        raise ApiError("unsupported-media-type", "expected Content-Type: application/json")
    if options.get("charset", "utf-8").lower() not in CHARSETS:
        raise ApiError("unsupported-media-type", "expected charset=utf-8, or none")


class BodyLimit:
    """How long a body may be: a single event up to `max_event_bytes`, an array of events up to `max_body_bytes`."""

    def __init__(self, settings: Settings, length: int | None, *, is_foreign: bool = False) -> None:
        """*length* is the Content-Length, or None. A payload in a foreign format may be as long as an array. Raises:
        ApiError."""
        self._is_foreign = is_foreign
        self._settings = settings
        self.length = length
        if length is not None and length > settings.max_body_bytes:
            raise too_large(settings.max_body_bytes)

    def held_bytes(self, received: int) -> int:
        """How many bytes to reserve for the body when *received* bytes have arrived and more may follow."""
        if self.length is not None:
            return self.length
        small = self._settings.max_event_bytes
        return small if received <= small else self._settings.max_body_bytes

    def is_large(self, size: int) -> bool:
        """Whether *size* is above the limit of a single event."""
        return size > self._settings.max_event_bytes

    @property
    def is_small(self) -> bool:
        """Whether the Content-Length is within the limit of a single event, so that the body fits whatever it holds."""
        return self.length is not None and not self.is_large(self.length)

    def check(self, body: bytes | bytearray) -> None:
        """Raises: ApiError when the part of the body that has arrived is already too long."""
        if len(body) <= self._settings.max_event_bytes:
            return
        if not self._is_foreign and not ARRAY.match(body):
            raise too_large(self._settings.max_event_bytes)
        if len(body) > self._settings.max_body_bytes:
            raise too_large(self._settings.max_body_bytes)

    def check_whole(self, body: bytes | bytearray) -> None:
        """Raises: ApiError when the complete *body* is too long, or shorter than its Content-Length."""
        self.check(body)
        if self.length is not None and len(body) < self.length:
            raise ApiError("incomplete-body", f"only {len(body):,} of {self.length:,} bytes arrived")


def too_large(max_bytes: int) -> ApiError:
    return ApiError("too-large", f"the body may have at most {max_bytes:,} bytes")


class BodyQuota:
    """Limits the bytes of request bodies that a process holds at once, in total and per client. Thread-safe."""

    def __init__(self, max_bytes: int = MAX_HELD_BYTES, max_bytes_of_client: int = MAX_HELD_BYTES_OF_CLIENT) -> None:
        self._max_bytes = max_bytes
        self._max_bytes_of_client = max_bytes_of_client
        self._held = 0
        self._by_client: dict[str, int] = {}
        self._lock = threading.Lock()

    def hold(self, client: str) -> HeldBody:
        """An entry for one body of *client*, which holds no bytes yet."""
        return HeldBody(self, client)

    def add(self, client: str, size: int) -> None:
        """Raises: ApiError when there is no room: status 429 if this client alone exceeds its part, 503 otherwise."""
        with self._lock:
            of_client = self._by_client.get(client, 0)
            # Whoever holds nothing yet is always admitted: a body of the allowed size may be larger than the quota.
            if of_client and of_client + size > self._max_bytes_of_client:
                detail = f"this client sends more than {self._max_bytes_of_client:,} bytes at once"
                raise ApiError("too-many-requests", detail, headers={"Retry-After": "1"})
            if self._held and self._held + size > self._max_bytes:
                detail = f"clients send more than {self._max_bytes:,} bytes at once"
                raise ApiError("overloaded", detail, headers={"Retry-After": "2"})
            self._held += size
            self._by_client[client] = of_client + size

    def remove(self, client: str, size: int) -> None:
        with self._lock:
            self._held -= size
            self._by_client[client] -= size
            if not self._by_client[client]:
                del self._by_client[client]


class HeldBody:
    """The bytes that one body takes of a quota."""

    def __init__(self, quota: BodyQuota, client: str) -> None:
        self._quota = quota
        self._client = client
        self._size = 0

    def grow_to(self, size: int) -> None:
        """Raises: ApiError when there is no room for that many bytes."""
        if size > self._size:
            self._quota.add(self._client, size - self._size)
            self._size = size

    def release(self) -> None:
        if self._size:
            self._quota.remove(self._client, self._size)
            self._size = 0
