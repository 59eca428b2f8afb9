"""Plain scalars: what an unquoted text means here, and whether other YAML readers read a different value.

Values are those of the YAML 1.2 core schema (10.3.2), with fewer forms: `no`, `012`, `0x1F` and `2026-11-23` are text.
Readers of YAML 1.1 (PyYAML, Ansible, Ruby) read these as booleans, octal numbers and dates.
"""

from __future__ import annotations

import math
import re

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
MAX_NUMBER = 64
"""The longest number, in characters, as in the JSON of events; anything longer is text."""
CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
CONSTANTS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

READ_OTHERWISE = re.compile(
    r"""
    (?: (?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)              # 1.1: true or false
    | [-+]?0[0-9_]+ | [-+]?0[xX][0-9a-fA-F_]+ | [-+]?0[ob][0-7_]+   # octal, hexadecimal and binary numbers
    | [-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?                       # 1.1: 1_000 is a number
    | [-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?              # 1.1: 22:30 is 1350
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\ ].*)?                   # 1.1: a date, or a date and time
    | [-+]?(?:\.[0-9]+|[0-9]+\.)(?:[eE][-+]?[0-9]+)?                # .5 and 5. are numbers
    | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)
    | [-+]?[0-9]+[eE][-+]?[0-9]+ | [-+]?[0-9]+\.[0-9]+[eE][0-9]+    # 1.1: 1e5 and 1.5e5 are text, 1.5e+5 a number
    | = | <<
    )\Z
    """,
    re.VERBOSE,
)


def scalar_value(text: str) -> str | int | float | bool | None:
    """The value of the plain scalar *text*. A number that is too long, or too large for a double, stays text."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if len(text) > MAX_NUMBER:
        return text
    if INTEGER.match(text):
        return int(text)
    if FLOAT.match(text) and math.isfinite(number := float(text)):
        return number
    return text


def is_exact(value: object, text: str) -> bool:
    """Whether *value*, which was read from the scalar *text*, would be written in the same way: 1.1 is not `1.10`."""
    # Readers in other languages hold every number as a double, which is exact up to 2**53.
    return str(value) == text and not (isinstance(value, int) and abs(value) > 2**53)


def is_read_otherwise(text: str) -> bool:
    """Whether readers of YAML 1.1, or of full YAML 1.2, read a different value from the plain scalar *text*."""
    return bool(READ_OTHERWISE.match(text)) or bool(len(text) > MAX_NUMBER and FLOAT.match(text))
