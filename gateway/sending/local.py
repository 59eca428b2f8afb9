"""The gateway's own two services, which need no account: `inbox` (a file) and `log`."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.messages.layout import as_text
from gateway.model import FailureReason, Message, SendResult, Target

INBOX_FILE = "inbox.jsonl"
log = logging.getLogger("gateway.channel")

Deliver = Callable[[Target, Message, str], SendResult]
"""Called with target, message and delivery id; returns the result."""


def services(data_folder: Path) -> dict[str, Deliver]:
    """The local services by name."""

    def to_inbox(target: Target, message: Message, delivery_id: str) -> SendResult:
        """Appends one JSON line to the inbox: time, delivery, target, severity, title, body."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "delivery": delivery_id,
            "target": target.name,
            "severity": message.severity,
            "title": message.title,
            "body": as_text(message),
        }
        try:
            data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(data_folder / INBOX_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, (json.dumps(line, ensure_ascii=False) + "\n").encode())
            finally:
                os.close(file)
        except OSError as exc:
            return SendResult(FailureReason.UNAVAILABLE, detail=f"the inbox cannot be written: {exc.strerror}")
        return SendResult(None)

    def to_log(target: Target, message: Message, delivery_id: str) -> SendResult:
        ids = {"delivery": delivery_id}
        log.info("%s [%s] %s (%s)", target.name, message.severity, message.title, delivery_id, extra=ids)
        return SendResult(None)

    return {"inbox": to_inbox, "log": to_log}
