"""The log of a process of the gateway: one line for each entry, on standard error."""

from __future__ import annotations

import logging

MAX_CHARACTERS = 4000


class OneLine(logging.Formatter):
    """Writes an entry on one line; control characters, which an event may hold, are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)[:MAX_CHARACTERS]
        if text.isascii() and text.isprintable():
            return text
        return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


def start_logging(process: str, level: str) -> None:
    """Sends the log of this process, called *process*, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(f"%(asctime)s %(levelname)-7s {process}: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
