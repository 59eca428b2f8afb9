"""The text of a script as the server gets it: what it reads by name is read without lists of names.

The server runs a script from its first line in every call. To make the lists of names at its top, and to walk them,
would take a tenth of the time of an accepted event. So they are replaced once, when the script is loaded, by tables
whose fields are written out. The line numbers in the server's error messages stay those of the files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

GROUP = re.compile(r"^local (\w+_(?:KEYS|ARGS)) = (\{[^}]*\})$", re.MULTILINE)
"""The list of the names of a group."""
FIELD = re.compile(r"'(\w+)'")
READ = re.compile(
    r"read_args\((?P<args_too>\w+_ARGS), read_keys\((?P<keys>\w+_KEYS)\)\)"
    r"|read_args\((?P<args>\w+_ARGS)\)"
    r"|read_keys\((?P<keys_alone>\w+_KEYS)\)"
)
NAME = re.compile(r"--.*|\b\w+_(?:KEYS|ARGS)\b")
"""A comment, which stays as it is, or the name of a list."""


def expand_reads(source: str) -> str:
    """*source* with a table in place of each `read_args(X_ARGS, read_keys(X_KEYS))`, and of each half of it.

    Where a script uses a list in another way, the list itself takes the place of its name.
    """
    lists = dict(GROUP.findall(source))

    def write_table(match: re.Match[str]) -> str:
        fields: list[str] = []
        if keys := match["keys"] or match["keys_alone"]:
            fields += _read_fields(FIELD.findall(lists[keys]), "KEYS", "key")
        if args := match["args_too"] or match["args"]:
            fields += _read_fields(FIELD.findall(lists[args]), "ARGV", "arg")
        return f"{{{', '.join(fields)}}}"

    without_lists = GROUP.sub(lambda match: "\n" * match[0].count("\n"), source)
    one_line = {name: " ".join(text.split()) for name, text in lists.items()}
    return NAME.sub(lambda match: one_line.get(match[0], match[0]), READ.sub(write_table, without_lists))


def _read_fields(names: Sequence[str], array: str, kind: str) -> list[str]:
    """The fields of a table: the first value moves the place behind the last; the others count from it."""
    # This relies on Lua 5.1, the version in every Redis and Valkey: it evaluates the fields of a table in their order.
    values = [f"{array}[skip_{kind}s({len(names)})]"]
    values += [f"{array}[{kind}s_read - {left}]" for left in range(len(names) - 2, -1, -1)]
    return [f"{name} = {value}" for name, value in zip(names, values, strict=True)]
