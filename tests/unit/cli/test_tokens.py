"""Tokens are long, random, and known to the configuration by their hash only."""

from __future__ import annotations

import re
import stat
from hashlib import sha256
from pathlib import Path

import yaml
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.tokens import ensure_local_token, new_token, token_hash


def test_a_token_has_a_key_id_and_32_bytes_in_base_62() -> None:
    assert re.fullmatch(r"ngw_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}", new_token())
    assert new_token() != new_token()


def test_the_command_prints_the_token_and_the_line_for_the_source() -> None:
    told = CliRunner().invoke(main, ["token", "psa"]).output

    token = re.search(r"ngw_\w+", told)[0]  # type: ignore[index]
    line = yaml.safe_load(told[told.index("sources:") :])
    assert line == {"sources": {"psa": {"events": ["*"], "tokens": [f"sha256:{sha256(token.encode()).hexdigest()}"]}}}


def test_a_name_that_no_source_can_have_is_refused() -> None:
    done = CliRunner().invoke(main, ["token", "My PSA"])

    assert done.exit_code == 2
    assert "use lower-case letters, digits, '-' and '_'" in done.output


def test_the_local_token_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = ensure_local_token(tmp_path)
    token = path.read_text()

    assert ensure_local_token(tmp_path).read_text() == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token_hash(token.strip()).startswith("sha256:")
