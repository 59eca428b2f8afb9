"""What we ship is YAML to everybody: PyYAML's loader in pure Python reads the same values as the gateway."""

from __future__ import annotations

import pytest
import yaml

from tests.support.shipped_yaml import ShippedYaml, shipped_yaml


@pytest.mark.parametrize("file", shipped_yaml(), ids=str)
def test_pyyaml_without_libyaml_reads_the_same_values(file: ShippedYaml) -> None:
    assert yaml.load(file.text, Loader=yaml.SafeLoader) == file.document().value
