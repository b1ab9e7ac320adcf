"""The terminal beside a store that somebody else holds, or that may only be read."""

import os
import sqlite3
import subprocess
import sys

import pytest

QUESTION = "7b fp16 adamw training memory"


def vrambot(home, *arguments):
    environment = {**os.environ, "VRAMBOT_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def home(tmp_path):
    assert vrambot(tmp_path, "ask", QUESTION).returncode == 0
    return tmp_path


def test_the_answer_is_printed_before_a_locked_store_is_waited_for(home):
    holder = sqlite3.connect(home / "vrambot.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    environment = {**os.environ, "VRAMBOT_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "ask", QUESTION],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "112 GB" in process.stdout.readline()  # 7e9 × 16 bytes
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 0
    assert len(said.splitlines()) == 1
    holder.close()


def test_past_answers_are_found_in_a_store_that_may_only_be_read(home):
    path = home / "vrambot.sqlite"
    path.chmod(0o444)
    home.chmod(0o555)
    try:
        found = vrambot(home, "history", "search", "adamw")
    finally:
        home.chmod(0o755)
    assert found.returncode == 0, found.stderr
    assert QUESTION in found.stdout


def test_past_answers_are_found_while_somebody_else_writes(home):
    holder = sqlite3.connect(home / "vrambot.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    found = vrambot(home, "history", "search", "adamw")
    holder.close()
    assert found.returncode == 0, found.stderr
    assert QUESTION in found.stdout


def test_before_the_first_answer_nothing_is_found(tmp_path):
    found = vrambot(tmp_path, "history", "search", "adamw")
    assert found.returncode == 10
    assert len(found.stderr.splitlines()) == 1
