"""Quotes a text in a message: on one line, and masked if it looks like a secret.

Problems are printed and logged. A secret may be where a name belongs (a token pasted as a channel's name), so a text of
a configuration enters a message only through `quote`. Where a secret is expected, a message quotes nothing.
"""

from __future__ import annotations

import re

MAX_QUOTED = 60
"""The longest quoted text, in characters."""
MASK = "***"

KNOWN_BEGINNINGS = re.compile(
    r"(?:ngw_|xox[a-z]-|xapp-|gh[a-z]_|github_pat_|glpat-|sk[-_]|pk_|rk_|whsec_|shpat_|AKIA|ASIA|AIza|ya29\.|eyJ|SG\."
    r"|key-|Bearer\b|Basic\b|-----BEGIN|A[CP][0-9a-f]{16}|SK[0-9a-f]{16})"
)
"""The beginnings of tokens of well-known services."""
WORD = re.compile(r"[^\s\-_.:,;/?*\[\]{}()<>\"']+")
"""Names consist of words with separators between them; each word is checked by itself."""
MIN_MIXED = 8
MIN_LONG = 20
MIN_TURNS = 4
TURN = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""A change between a letter and a digit: `T1JJ3T3L2` has seven, `noc2026slack` two."""
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://")


def quote(value: object) -> str:
    """*value* for a message, in quotes, at most 60 characters, and `'***'` for what looks like a secret."""
    text = str(value)
    if scheme := SCHEME.match(text):
        return repr(scheme[0] + MASK)
    if looks_secret(text):
        return repr(MASK)
    quoted = repr(text)
    return quoted if len(quoted) <= MAX_QUOTED else f"{quoted[: MAX_QUOTED - 1]}\u2026"


def mask(name: str) -> str:
    """*name* as a step of a path; `***` if it looks like a secret."""
    return MASK if SCHEME.match(name) or looks_secret(name) else name


def looks_secret(text: str) -> bool:
    """Whether *text* looks like a token, a password or an address with credentials rather than a name.

    A password made of ordinary words cannot be told from a name.
    """
    if KNOWN_BEGINNINGS.match(text) or "://" in text:
        return True
    # Generated tokens and passwords mix kinds of characters, names hardly do. Short words need a clear mixture, since
    # `NOC2` is a name; in a word too long for a name, a few digits among the letters suffice.
    for word in WORD.findall(text):
        digits = sum(char.isdigit() for char in word)
        letters = sum(char.isalpha() for char in word)
        is_mixed_case = word.lower() != word and word.upper() != word and word.title() != word
        kinds = is_mixed_case + bool(digits) + (digits + letters < len(word.replace("@", "")))
        turns = len(TURN.findall(word))
        if len(word) >= MIN_MIXED and letters and (kinds >= 2 or turns >= MIN_TURNS):
            return True
        if len(word) >= MIN_LONG and digits >= 3 and letters >= 3:
            return True
    return False
