"""Configurations that are right, and wrong ones named by their defect, each with all that is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.secrets import SecretStore
from gateway.errors import ConfigInvalid
from gateway.model import is_builtin
from gateway.sending.services import AppriseServices
from tests.support.builders import CATALOG, config

EXAMPLES = Path(__file__).parents[2] / "examples"
ENVIRON = {
    "RMM_TOKEN": "ngw_rmm_x",
    "SMTP_PASSWORD": "p@ss/w%rd#1",
    "NOC_URL": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#noc",
    "PRIVATE_URL": "json://ana:secret@10.0.0.8/x",
    "TWILIO_TOKEN": "0123456789abcdef0123456789abcdef",
    "SLACK_A": "T1JJ3T3L2",
    "SLACK_B": "A1BRTD4JD",
    "SLACK_C": "TIiajkdnlazkcOXrIdevi7FQ",
}


def problems(path: Path) -> list[str]:
    """Errors and warnings, as `gateway check` prints them."""
    try:
        found = config({path.name: path.read_text("utf-8")}, environ=ENVIRON, services=AppriseServices()).warnings
    except ConfigInvalid as exc:
        found = exc.problems
    return [str(problem) for problem in found]


@pytest.mark.parametrize("path", sorted((EXAMPLES / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_right_configuration_has_no_problem(path: Path) -> None:
    assert problems(path) == []


WITH_PROBLEMS = sorted([*(EXAMPLES / "invalid").glob("*.yaml"), *(EXAMPLES / "warned").glob("*.yaml")])


@pytest.mark.parametrize("path", WITH_PROBLEMS, ids=lambda path: path.stem)
def test_a_wrong_configuration_has_just_the_problem_that_its_first_lines_say(path: Path) -> None:
    expected = [line[2:] for line in path.read_text("utf-8").splitlines() if line.startswith("# ")]
    assert problems(path) == expected


def test_the_same_name_in_two_files_names_both_places() -> None:
    files = {
        "a.yaml": "channels: {noc: {service: inbox}}\nfallback: {to: [noc]}\n",
        "b.yaml": "channels: {noc: {service: log}}\n",
    }
    with pytest.raises(ConfigInvalid) as caught:
        config(files)
    assert [str(one) for one in caught.value.problems] == [
        "routes/b.yaml:1:12 channels.noc: duplicate 'noc' (first at routes/a.yaml:1:12) - rename or remove one"
    ]


def test_one_broken_file_hides_no_problem_of_another() -> None:
    files = {"a.yaml": "channels: [\n", "b.yaml": "rotes: []\n"}
    with pytest.raises(ConfigInvalid) as caught:
        config(files)
    assert {one.place.file for one in caught.value.problems} == {"routes/a.yaml", "routes/b.yaml"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "{a: " * 5000,
        "- " * 3000,
        "a: \0",
        "? [a]\n: b",
        "a: " + "1" * 5000,
        "key",
        "[1, 2]",
        '"x"',
    ],
    ids=["lists", "maps", "dashes", "nul", "complex-key", "digits", "scalar", "list", "text"],
)
def test_hostile_yaml_is_a_problem_and_no_traceback(text: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        config({"a.yaml": text})
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].place.file == "routes/a.yaml"


def test_a_large_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        config({"a.yaml": "# " + "x" * 1024 * 1024})
    assert "larger than 1024 KiB" in str(caught.value.problems[0])


def test_a_catalogue_of_5000_notifications_is_read() -> None:
    """As large as the shipped one is for each of its rows: about 800 bytes, 50 values."""
    rows = ", ".join(f"n{number}: {{title: Row {number}}}" for number in range(10))
    text = "\n".join(CATALOG.splitlines()[:4]) + "".join(COPY.format(number=number, rows=rows) for number in range(500))
    assert len(text) > 1024 * 1024
    found = config("{}", text).catalog.notifications.values()
    assert len([one for one in found if not is_builtin(one.event_type)]) == 5000


COPY = (
    """
  copy{number}.changed:
    category: tickets
    title: Copy {number}
    data: {{type: object}}
    message: {{title: "Copy {number}", body: "Copy {number} changed. """
    + "It says why. " * 200
    + """"}}
    example: {{}}
    notifications: {{{rows}}}"""
)


def test_a_secret_file_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("json://localhost/")
    (tmp_path / "url").chmod(0o644)
    routes = "channels: {noc: {url: {file: url}}}\nfallback: {to: [noc]}\n"
    with pytest.raises(ConfigInvalid) as caught:
        config(routes, folder=tmp_path)
    assert "is readable by every user" in str(caught.value.problems[0])
    (tmp_path / "url").chmod(0o600)
    address = config(routes, folder=tmp_path).channels["noc"].address
    assert address.url == SecretStore({}, tmp_path).resolve({"file": "url"})
    assert "localhost" not in repr(address)


def test_a_reference_out_of_the_schemas_is_refused() -> None:
    for reference in (
        "http://evil.example/x.json",
        "file:///etc/passwd",
        "../../etc/passwd",
        "data/nothing.schema.json",
    ):
        catalog = f"""
version: 1
categories: {{a: {{title: A}}}}
events:
  a.b:
    category: a
    title: B
    data: {{$ref: "{reference}"}}
    message: {{title: T, body: B}}
    example: {{}}
    notifications: {{any: {{title: N}}}}
"""
        with pytest.raises(ConfigInvalid) as caught:
            config("{}", catalog)
        assert "does not resolve" in str(caught.value.problems[0])


@pytest.mark.parametrize(("category", "kind"), [("[]", "a list"), ("{}", "a map"), ("null", "nothing")])
def test_a_category_that_is_no_name_is_a_problem_and_no_traceback(category: str, kind: str) -> None:
    catalog = f"""
version: 1
categories: {{a: {{title: A}}}}
events:
  a.b:
    category: {category}
    title: B
    data: {{type: object}}
    message: {{title: T, body: B}}
    example: {{}}
    notifications: {{any: {{title: N}}}}
"""
    with pytest.raises(ConfigInvalid) as caught:
        config("{}", catalog)
    (said,) = caught.value.problems
    assert said.message == f"expected a name of lower-case letters, digits and '_', got {kind}"


def test_a_schema_that_is_none_is_a_problem_of_the_event_type() -> None:
    catalog = """
version: 1
categories: {a: {title: A}}
events:
  a.b:
    category: a
    title: B
    data: {type: strng}
    message: {title: T, body: B}
    example: {}
    notifications: {any: {title: N}}
"""
    with pytest.raises(ConfigInvalid) as caught:
        config("{}", catalog)
    assert [str(one) for one in caught.value.problems] == [
        (
            "catalog.yaml:8:18 events.a.b.data.type: this is not a JSON Schema: 'strng': expected one of "
            "'array', 'boolean', 'integer', 'null', 'number', 'object', 'string' - did you mean 'string'?"
        )
    ]
