"""What `gateway/store/client.py` relies on in redis-py and hiredis beyond their documentation."""

from __future__ import annotations

from typing import Any

import hiredis
import pytest
import redis


class Packer:
    """A command packer of our own, as `store/client.py` has one."""

    def __init__(self) -> None:
        self.packed: list[tuple[Any, ...]] = []

    def pack(self, *command: Any) -> list[bytes]:
        self.packed.append(command)
        return [hiredis.pack_command((*command[0].split(), *command[1:]))]


def test_a_packer_of_our_own_packs_every_command(redis_url: str) -> None:
    packer = Packer()
    with redis.Redis.from_url(redis_url, command_packer=packer) as client:
        client.set("contract", "value")

        assert client.config_get("appendonly") is not None
        assert client.get("contract") == b"value"
    names = [command[0] for command in packer.packed]
    assert "SET" in names
    assert "CONFIG GET" in names, "a name of two words comes as one argument"


def test_hiredis_packs_a_command_as_the_protocol_has_it() -> None:
    assert hiredis.pack_command(("SET", "k", 1)) == b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("OOM command not allowed", redis.exceptions.OutOfMemoryError),
        ("READONLY You can't write against a read only replica.", redis.exceptions.ReadOnlyError),
    ],
)
def test_errors_that_pass_have_classes_of_their_own(redis_url: str, error: str, kind: type[Exception]) -> None:
    script = f"return redis.error_reply({error!r})"
    with redis.Redis.from_url(redis_url) as client, pytest.raises(kind):
        client.eval(script, 0)


def test_other_errors_keep_their_first_word(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client, pytest.raises(redis.ResponseError, match="MISCONF"):
        client.eval("return redis.error_reply('MISCONF no disk')", 0)
