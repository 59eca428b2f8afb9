"""`make lower-bounds`: tests with the oldest version of every dependency that pyproject.toml allows."""

from __future__ import annotations

import sys

from environment import run_tests

if __name__ == "__main__":
    oldest = ["--resolution", "lowest-direct", "--editable", ".", "--group", "dev"]
    sys.exit(run_tests("lower-bounds", oldest, sys.argv[1:]))
