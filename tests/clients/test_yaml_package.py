"""What we ship is YAML to everybody: npm's `yaml` reads the same values as the gateway, without a warning."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.shipped_yaml import ShippedYaml, shipped_yaml

FOLDER = Path(__file__).parent
NODE = shutil.which("node") or "node"
READ_ALL = """
const yaml = require("yaml");
const texts = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const read = (text, version) => {
  const document = yaml.parseDocument(text, {version});
  const said = [...document.errors, ...document.warnings].map(String);
  return {said, value: said.length ? null : document.toJS()};
};
console.log(JSON.stringify(texts.map((text) => [read(text, "1.1"), read(text, "1.2")])));
"""


@pytest.fixture(scope="module")
def readings() -> dict[str, list[dict[str, object]]]:
    """By file: what the package reads by the rules of YAML 1.1 and of YAML 1.2."""
    files = shipped_yaml()
    texts = json.dumps([file.text for file in files])
    done = subprocess.run(
        [NODE, "-e", READ_ALL], cwd=FOLDER, input=texts, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return {file.name: reading for file, reading in zip(files, json.loads(done.stdout), strict=True)}


@pytest.mark.parametrize("file", shipped_yaml(), ids=str)
def test_the_package_reads_the_same_values_by_both_versions(
    file: ShippedYaml, readings: dict[str, list[dict[str, object]]]
) -> None:
    expected = json.loads(json.dumps(file.document().value))
    for reading in readings[file.name]:
        assert reading == {"said": [], "value": expected}
