"""What a process of the gateway writes to its log: one line for each entry, on standard error."""

from __future__ import annotations

import logging

MAX_CHARACTERS = 4000


class OneLine(logging.Formatter):
    """Entries on one line: control characters, as an event may hold them, are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if text.isascii() and text.isprintable():
            return text[:MAX_CHARACTERS]
        return "".join(one if one.isprintable() else _escaped(one) for one in text[:MAX_CHARACTERS])


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")


def start_logging(process: str, level: str) -> None:
    """Sends the log of this process, called *process*, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(f"%(asctime)s %(levelname)-7s {process}: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
