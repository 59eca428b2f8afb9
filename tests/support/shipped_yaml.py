"""All YAML that we ship or show: the example, the gateway's own catalogue, and every block of the pages."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.config.load import CATALOG_LIMITS
from gateway.yaml.document import Document
from gateway.yaml.reader import read
from tests.support.pages import ROOT, blocks


@dataclass(frozen=True)
class ShippedYaml:
    name: str
    text: str

    def __str__(self) -> str:
        return self.name

    def document(self) -> Document:
        """As the gateway reads it."""
        document, problems = read(self.text.encode(), self.name, CATALOG_LIMITS)
        assert not problems, problems
        assert document is not None
        return document


def shipped_yaml() -> list[ShippedYaml]:
    paths = [
        ROOT / "catalog.yaml",
        *sorted((ROOT / "routes").glob("*.yaml")),
        ROOT / "gateway" / "config" / "builtin_catalog.yaml",
        *sorted((ROOT / "gateway" / "config" / "mappings" / "shipped").glob("*.yaml")),
        *sorted((ROOT / "tests" / "examples" / "valid").glob("*.yaml")),
    ]
    files = [ShippedYaml(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in paths]
    return [*files, *(ShippedYaml(str(block), block.text) for block in blocks("yaml"))]
