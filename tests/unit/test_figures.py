"""The figures of the code's structure are the same on every version of Python."""

from __future__ import annotations

import ast

from tools.figures import private_functions_called_once, private_functions_used_once

MODULE = ast.parse("""
def _once(): ...
def _in_a_table(): ...
def _in_an_f_string(): ...
def _twice(): ...
def _never(): ...
def public(): ...
TABLE = {"a": _in_a_table}
print(_once(), f"{_in_an_f_string():>{_twice()}}", f"{_twice()}", public())
""")


def test_a_name_inside_an_f_string_is_counted() -> None:
    assert private_functions_used_once(MODULE) == ["_once", "_in_a_table", "_in_an_f_string"]


def test_an_entry_of_a_table_is_used_and_not_called() -> None:
    assert private_functions_called_once(MODULE) == ["_once", "_in_an_f_string"]
