"""The exit codes of every command; docs/operations.md lists them."""

from __future__ import annotations

DONE = 0
REFUSED = 1
"""Refused, failed, or problems in the configuration."""
UNUSABLE = 2
"""Wrong usage, a file or folder that cannot be read, or a gateway that cannot be reached."""
KILLED = 130
"""Ended by a signal before it was done."""
