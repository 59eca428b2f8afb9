"""The shipped configuration, read once."""

from __future__ import annotations

import pytest

from gateway.config.files import shipped_folder
from gateway.config.load import load
from gateway.model import Config


@pytest.fixture(scope="session")
def shipped() -> Config:
    return load(shipped_folder(), {"PSA_TOKEN": "t", "RMM_TOKEN": "t"})
