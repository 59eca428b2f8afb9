"""The groups that a script reads are written out as tables when it is loaded."""

from __future__ import annotations

from gateway.store.accept_call import ACCEPT
from gateway.store.ledger import CLAIM, RECORD_RESULTS
from gateway.store.script_source import NAME, expand_reads


def test_a_group_becomes_a_table_with_its_fields_written_out() -> None:
    source = """\
local SEND_KEYS = {'due', 'lane'}
local SEND_ARGS = {'id', 'wait_ms',
  'reason'}
local call = read_args(SEND_ARGS, read_keys(SEND_KEYS))
"""
    assert expand_reads(source).strip() == (
        "local call = {due = KEYS[skip_keys(2)], lane = KEYS[keys_read - 0], "
        "id = ARGV[skip_args(3)], wait_ms = ARGV[args_read - 1], reason = ARGV[args_read - 0]}"
    )


def test_a_line_of_an_error_message_is_the_line_of_the_file() -> None:
    source = "local A_ARGS = {'a',\n  'b'}\n-- of A_ARGS\nlocal call = read_args(A_ARGS)\n"
    lines = expand_reads(source).split("\n")

    assert len(lines) == len(source.split("\n"))
    assert lines[2] == "-- of A_ARGS"
    assert lines[3].startswith("local call = {a = ")


def test_a_list_that_is_used_by_itself_stands_in_place_of_its_name() -> None:
    source = "local A_ARGS = {'a', 'b'}\nlocal step = read_args(A_ARGS, given)\n"
    assert expand_reads(source).strip() == "local step = read_args({'a', 'b'}, given)"


def test_no_list_of_names_is_made_in_each_call() -> None:
    """What the scripts of each message read costs them no list, and no loop over one."""
    for script in (ACCEPT, CLAIM, RECORD_RESULTS):
        code = [line for line in script.source.split("\n") if not line.startswith("--")]
        assert [line for line in code if NAME.search(line) and "--" not in line] == []
        assert [line for line in code if line.startswith("local") and "= read_" in line] == []
