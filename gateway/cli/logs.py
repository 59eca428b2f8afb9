"""The log of a process: one line for each entry, on standard error."""

from __future__ import annotations

import json
import logging
import os
from datetime import datetime
from typing import Any

from gateway.log_limit import LogLimit
from gateway.settings import Settings

MAX_CHARACTERS = 4000
FIELDS = ("request", "event", "delivery", "lane", "target")
"""What an entry may be about; a log call passes these names in `extra`."""


class OneLine(logging.Formatter):
    """Formats an entry as one line; control characters, which may come from an event, are escaped."""

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)-7s {process}: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's
        return _time(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, followed by the ids that its message does not mention."""
        line = super().formatMessage(record)
        ids = [f"{name}={value}" for name, value in _fields(record).items() if value not in record.message]
        return f"{line} [{' '.join(ids)}]" if ids else line

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)[:MAX_CHARACTERS]
        if text.isascii() and text.isprintable():
            return text
        return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


class JsonLine(logging.Formatter):
    """Formats an entry as a JSON object on one line, in ASCII."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = {"process": process, "pid": os.getpid()}

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {"time": _time(record), "level": record.levelname, **self._process}
        entry |= {"logger": record.name, "message": record.getMessage()[:MAX_CHARACTERS], **_fields(record)}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)[:MAX_CHARACTERS]
        return json.dumps(entry)


class Repetitions(logging.Filter):
    """Lets a repeated warning or error pass only once a minute, with the number of repetitions that were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._limit = LogLimit()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING or getattr(record, "may_repeat", False):
            return True
        text = record.getMessage()
        suffix = self._limit.suffix((record.name, text, record.exc_info and record.exc_info[0]))
        if suffix is None:
            return False
        record.msg, record.args = text + suffix, ()
        return True


def start_logging(process: str, settings: Settings) -> None:
    """Sends the log of this process, called *process*, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLine(process) if settings.log_format == "json" else OneLine(process))
    handler.addFilter(Repetitions())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)


def _time(record: logging.LogRecord) -> str:
    """`2026-11-26T21:05:00.123+01:00`, in the machine's zone."""
    return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")


def _fields(record: logging.LogRecord) -> dict[str, str]:
    return {name: str(record.__dict__[name]) for name in FIELDS if record.__dict__.get(name)}
