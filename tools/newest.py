"""`make contracts NEWEST=1`: tests with the newest releases of the libraries, whatever pyproject.toml allows.

They show whether an upper bound can be raised, and what a new release would break before anybody installs it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from environment import run_tests

UNBOUNDED = ("apprise", "granian", "redis", "requests", "rq", "urllib3")

if __name__ == "__main__":
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as overrides:
        Path(overrides.name).write_text("\n".join(UNBOUNDED) + "\n", "utf-8")
        newest = ["--upgrade", "--override", overrides.name, "--editable", ".", "--group", "dev"]
        sys.exit(run_tests("newest", newest, sys.argv[1:]))
