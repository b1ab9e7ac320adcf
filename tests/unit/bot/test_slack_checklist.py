"""``docs/slack-checklist.md``: each line is shown by tests that exist, or says why by none."""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "slack-checklist.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!---|line)([^|]+?) \| (.+?) \|$", PAGE, re.MULTILINE)
NAMED = re.findall(r"`([\w/]+\.py(?:::\w+)+)`", PAGE)


@cache
def names_in(file: str) -> set[str]:
    """Return the names of a file's tests: ``test_…`` or ``TestGroup::test_…``."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = {node.name for node in tree.body if isinstance(node, functions)}
    for group in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        found |= {f"{group.name}::{one.name}" for one in group.body if isinstance(one, functions)}
    return found


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_a_test_that_the_page_names_exists(name):
    file, _, test = name.partition("::")
    assert test in names_in(file)


@pytest.mark.parametrize(("line", "shown"), ROWS)
def test_each_line_names_a_test_or_a_reason(line, shown):
    assert "::test_" in shown or shown.startswith("Reason: ")


def test_the_page_has_both_halves_of_the_checklist():
    assert len(ROWS) >= 30
    assert PAGE.count("\n## ") == 2


def test_it_says_that_answers_are_not_generated():
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    said = manifest["display_information"]["long_description"]
    assert "never generated" in said
    assert "Computes" in manifest["features"]["agent_view"]["agent_description"]
