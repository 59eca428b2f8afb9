"""People from CSV and JSON files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.config.directory.build_files import as_key
from gateway.config.load import load
from gateway.errors import ConfigInvalid
from gateway.model import Config
from gateway.sending.services import AppriseServices
from tests.support.builders import CATALOG

COLUMNS = "{key: login, name: full_name, email: mail, identities: [id, login]}"
CSV = f"directory: [{{csv: technicians.csv, columns: {COLUMNS}}}]\n"
PROVIDERS = """
providers:
  email: {service: mailto, host: smtp.example.com, user: bot@example.com}
  sms: {service: mailto, host: sms.example.com, user: bot@example.com}
channels: {noc: {service: log}}
"""
ROUTES = PROVIDERS + "routes: [{name: r, notify: [ticket.changed.mine], to: [audience, alopez, noc]}]\n"
TABLE = """id,login,full_name,mail
1834,ALopez,Ana  Lopez,ana@example.com

1839,bob.singh,"Singh, Bob",
,,,
"""


def configured(folder: Path, yaml: str, **files: str | bytes) -> Config:
    """*files*: contents by name, in which `__` stands for the dot."""
    (folder / "routes").mkdir(exist_ok=True)
    (folder / "catalog.yaml").write_text(CATALOG, "utf-8")
    (folder / "routes" / "a.yaml").write_text(ROUTES + yaml, "utf-8")
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(folder, {}, AppriseServices())


def problems(folder: Path, yaml: str, **files: str | bytes) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        configured(folder, yaml, **files)
    return [str(problem) for problem in caught.value.problems]


def test_rows_of_a_csv_file_are_people(tmp_path: Path) -> None:
    config = configured(tmp_path, CSV, technicians__csv=TABLE)
    ana, bob = config.people["alopez"], config.people["bob-singh"]
    assert (ana.full_name, ana.identities) == ("Ana Lopez", {"alopez", "1834", "ana@example.com"})
    assert (bob.full_name, bob.identities) == ("Singh, Bob", {"bob-singh", "bob.singh", "1839"})
    assert (list(ana.contacts), list(bob.contacts)) == (["email"], [])
    assert config.people_by_identity["1834"] == "alopez"
    assert "alopez/email" in config.targets


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.encode("utf-16"),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("Singh, Bob", "Singh; Bob").replace(",", ";").encode(),
        b"sep=;\r\n" + TABLE.replace("Singh, Bob", "Singh; Bob").replace(",", ";").encode(),
        TABLE.replace('"Singh, Bob"', "Singh Bob").replace(",", "\t").encode(),
    ],
)
def test_files_as_programs_export_them_are_read(tmp_path: Path, content: bytes) -> None:
    assert [*configured(tmp_path, CSV, technicians__csv=content).people] == ["alopez", "bob-singh"]


def test_objects_of_a_json_file_are_people(tmp_path: Path) -> None:
    rows = [
        {"id": 12345678901234567890, "login": "alopez", "mail": "ana@example.com", "names": ["ana", "Ana L."]},
        {"id": 1839, "login": "bob", "mobile": None, "mail": ""},
    ]
    columns = "{key: login, email: mail, identities: [id, names], contacts: {sms: mobile}}"
    yaml = f"directory: [{{json: people.json, columns: {columns}}}]\n"
    config = configured(tmp_path, yaml, people__json=json.dumps(rows, indent=1))
    identities = {"alopez", "12345678901234567890", "ana", "ana l.", "ana@example.com"}
    assert config.people["alopez"].identities == identities
    assert config.people["bob"].identities == {"bob", "1839"}


def test_the_yaml_adds_to_what_a_file_says_of_a_person_and_comes_first(tmp_path: Path) -> None:
    own = "people: {alopez: {name: Ana L., identities: [ana], contacts: {sms: '+13035550100@sms.example.com'}}}\n"
    config = configured(tmp_path, CSV + own, technicians__csv=TABLE)
    ana = config.people["alopez"]
    assert (ana.full_name, list(ana.contacts)) == ("Ana L.", ["sms", "email"])
    assert ana.identities == {"alopez", "ana", "1834", "ana@example.com"}


def test_a_problem_of_a_person_in_both_has_the_place_of_its_value(tmp_path: Path) -> None:
    own = "people:\n  alopez: {name: Ana, identities: [ana]}\n  bob: {identities: [1834]}\n"
    table = TABLE.replace("ana@example.com", "ana@@example")
    found = problems(tmp_path, CSV + own, technicians__csv=table)
    assert any(line.startswith("technicians.csv:2:1 people.alopez.contacts.email: ") for line in found), found
    (twice,) = [line for line in found if "same identity" in line]
    assert "people.bob.identities[0]" in twice
    assert twice.startswith("routes/a.yaml:10:")


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            "id,login,full_nam,mail\n",
            "columns.name: technicians.csv has no column 'full_name' - did you mean 'full_nam'",
        ),
        ("id,login,full_name,mail,mail\n", "columns.email: technicians.csv has the column 'mail' more than once"),
        ("", "columns.key: technicians.csv has no column 'login' - its columns are none"),
        (
            TABLE + "7,alopez,Ann,\n",
            "technicians.csv:6:1 people.alopez: duplicate key 'alopez' (first at technicians.csv:2",
        ),
        (TABLE + "1834,cara,Cara,\n", "technicians.csv:6:1 people.cara.identities[1]: 'alopez' has the same identity"),
        (TABLE + "7,cara\n", "technicians.csv:6:1 expected 4 columns as in the header, got 2"),
        (TABLE + "7,,Cara,\n", "technicians.csv:6:1 login: expected a key, got nothing"),
        (TABLE + "7,???,Cara,\n", "technicians.csv:6:1 login: no key can be made of '???'"),
        (TABLE + "7,cara,Cara,cara@@example\n", "technicians.csv:6:1 people.cara.contacts.email: "),
        (TABLE + '7,cara,"Cara\n', "technicians.csv:6:1 not CSV: "),
        (TABLE.encode() + b"7,cara,Caf\xe9,\n", "technicians.csv:6:1 not UTF-8 text - save it as UTF-8"),
    ],
)
def test_what_is_wrong_is_a_problem_at_its_line(tmp_path: Path, table: str | bytes, problem: str) -> None:
    found = problems(tmp_path, CSV, technicians__csv=table)
    assert any(problem in line for line in found), found
    assert not any("unknown" in line for line in found), "the person may be in the file that cannot be read"


@pytest.mark.parametrize(
    ("yaml", "problem"),
    [
        (
            "directory: [{csv: technician.csv, columns: {key: login}}]",
            "no such file 'technician.csv' in the configuration folder: did you mean 'technicians.csv'?",
        ),
        ("directory: [{csv: ../technicians.csv, columns: {key: login}}]", "is outside the configuration folder"),
        ("directory: [{csv: technicians.csv, columns: {name: login}}]", "directory[0].columns"),
        ("directory: [{csv: technicians.csv, columns: {key: login, contacts: {pager: mail}}}]", "no provider reaches"),
        (
            "directory: [{json: technicians.csv, columns: {key: login}}]",
            "technicians.csv:1:1 expected a list of objects",
        ),
        ("directory: [{json: map.json, columns: {key: login}}]", "map.json:1:1 expected a list of objects"),
        ("directory: [{json: open.json, columns: {key: login}}]", "open.json:3:1 not JSON"),
        ("directory: [{json: twice.json, columns: {key: login}}]", "twice.json:1:1 duplicate key 'login'"),
        ("directory: [{json: true.json, columns: {key: login}}]", "true.json:2:1 login: expected a text or a number"),
    ],
)
def test_what_is_wrong_in_the_yaml_or_the_json_is_a_problem(tmp_path: Path, yaml: str, problem: str) -> None:
    files = {
        "map__json": '{"login": "ana"}',
        "open__json": '[{"login":\n"ana"},\n{"login":]',
        "twice__json": '[{"login": "ana", "login": "bob"}]',
        "true__json": '[{"login": "ana"},\n{"login": true}]',
    }
    found = problems(tmp_path, yaml + "\n", technicians__csv=TABLE, **files)
    assert any(problem in line for line in found), found


def test_only_the_first_problems_of_a_file_are_listed(tmp_path: Path) -> None:
    found = problems(tmp_path, CSV, technicians__csv=TABLE + "7,cara\n" * 50)
    assert len(found) == 21
    assert "technicians.csv:55:1 30 more problems of this kind" in found


def test_the_files_are_a_part_of_the_configuration(tmp_path: Path) -> None:
    before = configured(tmp_path, CSV, technicians__csv=TABLE)
    assert configured(tmp_path, CSV, technicians__csv=TABLE + "7,cara,Cara,\n").digest != before.digest


@pytest.mark.parametrize(
    ("text", "key"), [("ALopez", "alopez"), ("José.Díaz@x.com", "jose-diaz-x-com"), ("_a b_", "a-b"), ("北", "")]
)
def test_a_key_is_made_of_a_login(text: str, key: str) -> None:
    assert as_key(text) == key
