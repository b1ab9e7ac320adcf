"""What the README and docs/ tell people to type works on this tree."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli.main import cli, run

ROOT = Path(__file__).parents[2]
WRITTEN = ["README.md", "CONTRIBUTING.md", "docs/slack.md", "docs/privacy.md", "docs/security.md",
           "docs/fake-slack.md", "docs/costs.md"]  # fmt: skip
CONSOLE = re.compile(r"^\s*\$ (?:\.venv/bin/)?vrambot (.+?)(?:\s{2,}#.*)?$", re.MULTILINE)
INLINE = re.compile(r"`(?:\.venv/bin/)?vrambot ([a-z][^`]*)`")
# These wait for somebody, or for Slack.
STAYING = {"chat", "serve", "run", "fake-slack"}


def documented() -> Iterator[tuple[str, str]]:
    for name in WRITTEN:
        text = (ROOT / name).read_text(encoding="utf-8")
        for found in [*CONSOLE.findall(text), *INLINE.findall(text)]:
            yield name, found.strip()


README = [
    line
    for line in CONSOLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    if line.split()[0] not in STAYING
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VRAMBOT_HOME", str(tmp_path / "home"))
    question = '{"id": 1, "query": "7b fp16"}\n'
    (tmp_path / "questions.jsonl").write_text(question, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("line", README)
def test_every_command_of_the_readme_runs(
    line: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["ask", "can 4×V100 train 65B?"])  # so that there is a past answer to be found
    capsys.readouterr()
    assert run(shlex.split(line)) == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(("page", "line"), sorted(set(documented())))
def test_every_command_and_option_that_is_named_exists(page: str, line: str) -> None:
    command: click.Command = cli
    context = click.Context(cli, info_name="vrambot")
    words = line.split()
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    known = {name for option in command.params for name in option.opts} | {"--help", "-h"}
    named = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert named <= known, line


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for name in WRITTEN:
        text = (ROOT / name).read_text(encoding="utf-8")
        named = re.findall(r"(?:`|\$ |^\s{4})make ([a-z]+)", text, re.MULTILINE)
        assert set(named) <= targets, name


def test_every_link_to_a_file_leads_somewhere() -> None:
    for name in WRITTEN:
        page = ROOT / name
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert os.path.exists(page.parent / target), (name, target)
