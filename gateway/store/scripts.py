"""The ledger's Lua scripts: loading them and calling them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import redis


class Script:
    """One `.lua` file; its header says what it reads and what it returns."""

    def __init__(self, name: str, *functions: str) -> None:
        """*functions* are files of functions that the script uses, beside `call.lua`, which all use."""
        texts = [
            (files("gateway.store") / "lua" / f"{file}.lua").read_text("utf-8") for file in ("call", *functions, name)
        ]
        self.source = "".join(texts)
        self.sha = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()

    def call(self, client: redis.Redis, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """The script's answer; a server that does not know the script yet learns it."""
        try:
            return client.evalsha(self.sha, len(keys), *keys, *args)
        except redis.exceptions.NoScriptError:
            return client.eval(self.source, len(keys), *keys, *args)
