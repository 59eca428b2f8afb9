"""The shipped configuration, loaded once in each process, since that takes as long as a hundred small tests."""

from __future__ import annotations

from functools import cache

from gateway.config.files import shipped_folder
from gateway.config.load import load
from gateway.model import Config


@cache
def shipped_config() -> Config:
    """Without the environment of its example: no tests may change it, which frozen dataclasses see to."""
    return load(shipped_folder(), {})
