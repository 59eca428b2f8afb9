"""What is derived from a configuration is kept as long as what it is derived from is in use."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

from gateway.model import Catalog, Config
from gateway.per_config import PerConfig, forget_all_but

CATALOG = Catalog({}, {}, {}, {}, {})
FIRST = Config(
    digest="first",
    catalog=CATALOG,
    sources={},
    lanes={},
    channels={},
    people={},
    groups={},
    routes=(),
    fallback=None,
    has_narrow_fallback=False,
    timezone="UTC",
    people_by_identity={},
    people_by_full_name={},
    routes_by_notification={},
    targets={},
)
SECOND = replace(FIRST, digest="second")
OTHER_CATALOG = replace(FIRST, catalog=Catalog({}, {}, {}, {}, {}))


def test_it_is_built_once_for_a_configuration() -> None:
    built: list[str] = []
    derived = PerConfig(lambda config: built.append(config.digest))
    for config in (FIRST, FIRST, SECOND, SECOND):
        derived.of(config)
    assert built == ["first", "second"]


def test_what_is_prepared_is_not_built_again_at_its_first_use() -> None:
    built: list[str] = []
    derived = PerConfig(lambda config: built.append(config.digest))
    derived.of(FIRST)
    derived.prepare(SECOND)
    derived.of(FIRST)
    derived.of(SECOND)
    assert built == ["first", "second"]


def test_what_depends_on_the_catalogue_alone_stays_while_that_is_the_same() -> None:
    built: list[Catalog] = []
    derived = PerConfig(lambda config: built.append(config.catalog), basis=attrgetter("catalog"))
    derived.of(FIRST)
    derived.prepare(SECOND)
    derived.of(SECOND)
    assert built == [CATALOG]
    derived.of(OTHER_CATALOG)
    assert len(built) == 2


def test_a_configuration_that_was_replaced_is_not_kept_alive() -> None:
    """What was asked of it may never be asked again."""
    of_config = PerConfig(lambda config: [config])
    of_catalog = PerConfig(lambda config: [config.catalog], basis=attrgetter("catalog"))
    before = of_config.of(FIRST), of_catalog.of(FIRST)
    forget_all_but(FIRST)
    assert of_config.of(FIRST) is before[0]
    forget_all_but(SECOND)
    assert of_config.of(FIRST) is not before[0]
    assert of_catalog.of(FIRST) is before[1]
    forget_all_but(OTHER_CATALOG)
    assert of_catalog.of(FIRST) is not before[1]
