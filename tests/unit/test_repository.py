"""What no file of the repository may hold, and what no code may do with text."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "knowledge", "calculators")
# The forms of real keys; tests use short made-up ones, which have none of these.
SECRETS = re.compile(
    rb"xox[abeprs]-[0-9]{9,}-[0-9A-Za-z-]{20,}|xapp-1-A[0-9A-Z]{8,}-[0-9]{9,}-[0-9a-f]{32,}"
    rb"|https://hooks\.slack\.com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/[0-9A-Za-z]{20,}"
    rb"|-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|ghp_[0-9A-Za-z]{36}"
    rb"|github_pat_[0-9A-Za-z_]{60,}|AIza[0-9A-Za-z_-]{35}|hf_[0-9A-Za-z]{34}"
)
# ``calculators.formula`` evaluates the source that it makes from its own expressions.
MAY_EVALUATE = {Path("calculators/formula.py")}


def tracked():
    """Return the repository's files; without git, those of the packages, tests and docs."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        folders = (*PACKAGES, "tests", "docs", "benchmarks")
        return [file for one in folders for file in (ROOT / one).rglob("*") if file.is_file()]
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    return [file for file in files if file.is_file()]


def test_no_file_holds_anything_like_a_secret():
    found = [str(file.relative_to(ROOT)) for file in tracked() if SECRETS.search(file.read_bytes())]
    assert not found


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-" + "1" * 12 + "-" + "2" * 12 + "-" + "a" * 24,
        "xapp-1-A" + "0" * 10 + "-" + "1" * 12 + "-" + "f" * 64,
        "-----BEGIN RSA PRIVATE " + "KEY-----",
        "AKIA" + "A" * 16,
    ],
)
def test_the_forms_of_secrets_are_recognised(secret):
    assert SECRETS.search(secret.encode())


def test_no_code_evaluates_text():
    named = {"eval", "exec", "sympify", "parse_expr", "literal_eval"}
    found = set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    called = node.func
                    name = getattr(called, "attr", None) or getattr(called, "id", None)
                    if name in named:
                        found.add(file.relative_to(ROOT))
    assert found <= MAY_EVALUATE
