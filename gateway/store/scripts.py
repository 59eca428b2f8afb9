"""The ledger's Lua scripts: loading them, calling one, calling many in one round trip."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import redis


class Script:
    """One `.lua` file; its header lists keys, arguments and what it returns."""

    def __init__(self, name: str, functions: str | None = None) -> None:
        """*functions* names a file of functions that the script uses."""
        parts = [_read(functions)] if functions else []
        self.source = "".join([*parts, _read(name)])
        self.sha = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()

    def call(self, client: redis.Redis, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """The script's answer; a server that does not know the script yet learns it."""
        try:
            return client.evalsha(self.sha, len(keys), *keys, *args)
        except redis.exceptions.NoScriptError:
            return client.eval(self.source, len(keys), *keys, *args)

    def call_many(self, client: redis.Redis, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
        """The answers to all *calls* (keys, arguments) in order, in one round trip; each call is atomic."""
        if len(calls) == 1:
            return [self.call(client, *calls[0])]
        answers = self._pipeline(client, calls)
        if any(isinstance(answer, redis.exceptions.NoScriptError) for answer in answers):
            client.script_load(self.source)
            missing = [i for i, answer in enumerate(answers) if isinstance(answer, redis.exceptions.NoScriptError)]
            for i, answer in zip(missing, self._pipeline(client, [calls[i] for i in missing]), strict=True):
                answers[i] = answer
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def _pipeline(self, client: redis.Redis, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
        with client.pipeline(transaction=False) as pipe:
            for keys, args in calls:
                pipe.evalsha(self.sha, len(keys), *keys, *args)
            return list(pipe.execute(raise_on_error=False))


def _read(name: str) -> str:
    return (files("gateway.store") / "lua" / f"{name}.lua").read_text("utf-8")
