"""Domain names with letters beyond ASCII, as the network knows them: `münchen.example` is `xn--mnchen-3ya.example`."""

from __future__ import annotations


def in_ascii(name: str) -> str | None:
    """The domain *name* in punycode (RFC 5890) where it goes beyond ASCII; None when it has no such form."""
    if name.isascii():
        return name
    import idna  # few names need it, and it takes longer to import than most of what asks

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None
