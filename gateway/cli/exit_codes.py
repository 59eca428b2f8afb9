"""The exit codes of every command; docs/operations.md lists them."""

from __future__ import annotations

DONE = 0
REFUSED = 1
"""The request was refused, the action failed, or the configuration has problems."""
UNUSABLE = 2
"""Wrong usage, a file or folder that cannot be read, or a gateway that cannot be reached."""
KILLED = 130
"""A signal ended the command before it finished."""
