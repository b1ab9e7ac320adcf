"""The SQLite file itself: its schema's history, its failures, and what they leave behind."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.history import PastAnswer
from knowledge.store import Item, NoHistory, SqliteStore, migrations, open_store
from knowledge.store.errors import (
    StoreDamaged,
    StoreError,
    StoreFailed,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
)
from knowledge.visibility import Place, Viewer

FILE_NAME = "vrambot.sqlite"
PLACE = Place("T1", "C1", "public")
LOOKING = Viewer("U1", PLACE)


def past(id_: str = "a1", query: str = "7B 推理要多少显存", text: str = "14 GB") -> PastAnswer:
    asked_at = datetime(2026, 3, 1, tzinfo=UTC)
    return PastAnswer(id_, query, "zh", "calculation", None, text, {}, "U1", PLACE, asked_at, None)


def fill(store: SqliteStore) -> None:
    for number in range(1_000):
        store.record(past(f"a{number}", text="x" * 4_000))


class TestMigrations:
    def test_a_new_file_has_every_step(self, tmp_path):
        open_store(tmp_path / FILE_NAME).close()
        with sqlite3.connect(tmp_path / FILE_NAME) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM _sqlite_migrations")]
            assert names == [step.__name__ for step in migrations.STEPS]
            assert migrations.version(connection) == migrations.LATEST

    def test_the_first_schema_with_rows_becomes_the_latest(self, tmp_path):
        file = tmp_path / FILE_NAME
        connection = sqlite3.connect(file, isolation_level=None)
        migrations.migrate(connection, stop_before="m002_queues")
        assert migrations.version(connection) == 1
        connection.execute(
            "INSERT INTO answers (workspace, id, query, language, kind, entry_id, text, answer, "
            "asker, channel, place_kind, thread, asked_at, permalink) "
            "VALUES ('T1', 'old', '7B 推理要多少显存', 'zh', 'calculation', NULL, "
            "'14 GB', '{}', 'U1', 'C1', 'public', NULL, 1772323200.0, NULL)"
        )
        connection.close()
        store = open_store(tmp_path / FILE_NAME)
        assert [one.id for one in store.search("显存", LOOKING)] == ["old"]
        assert [one.id for one in store.similar("7B推理要多少显存", LOOKING)] == ["old"]
        assert store.accept(Item("T1", "i1", {}), ["event:E1"])
        store.close()

    def test_a_step_that_fails_leaves_the_file_as_it_was(self, tmp_path, monkeypatch):
        store = open_store(tmp_path / FILE_NAME)
        store.record(past())
        store.close()

        def m003_broken(db):
            db.execute("CREATE TABLE half_done (id)")
            db.execute("SELECT no_such_column FROM answers")

        monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, m003_broken))
        monkeypatch.setattr("knowledge.store.connection.LATEST", len(migrations.STEPS))
        with pytest.raises(StoreFailed):
            open_store(tmp_path / FILE_NAME)
        monkeypatch.undo()
        store = open_store(tmp_path / FILE_NAME)
        assert store.get("a1", LOOKING) == past()
        store.close()
        with sqlite3.connect(tmp_path / FILE_NAME) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert "half_done" not in tables

    def test_a_file_of_a_newer_version_is_refused_untouched(self, tmp_path):
        open_store(tmp_path / FILE_NAME).close()
        with sqlite3.connect(tmp_path / FILE_NAME) as connection:
            connection.execute("PRAGMA user_version = 99")
        with pytest.raises(StoreTooNew, match="schema 99"):
            open_store(tmp_path / FILE_NAME)

    def test_opening_an_up_to_date_file_needs_no_sqlite_utils(self, tmp_path):
        open_store(tmp_path / FILE_NAME).close()
        code = (
            "import sys; from pathlib import Path; from knowledge.store import open_store; "
            f"open_store(Path({str(tmp_path / FILE_NAME)!r})).close(); "
            "sys.exit('sqlite_utils' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_the_index_is_made_anew_when_the_tokens_change(self, tmp_path):
        store = open_store(tmp_path / FILE_NAME)
        store.record(past())
        store.close()
        with sqlite3.connect(tmp_path / FILE_NAME) as connection:
            connection.execute("UPDATE about SET value = 'older'")
            connection.execute("UPDATE answers_fts SET query = 'other', text = 'tokens'")
        store = open_store(tmp_path / FILE_NAME)
        assert [one.id for one in store.search("显存", LOOKING)] == ["a1"]
        store.close()


class TestFailures:
    def test_garbage_is_named_and_left_as_it_is(self, tmp_path):
        file = tmp_path / FILE_NAME
        file.write_bytes(b"this is no database, but somebody's only copy\n" * 100)
        before = file.read_bytes()
        with pytest.raises(StoreDamaged, match="move it aside") as caught:
            open_store(tmp_path / FILE_NAME)
        assert file.read_bytes() == before
        assert "移开" in caught.value.in_("zh")

    def test_a_damaged_page_is_found_by_the_check(self, tmp_path):
        store = open_store(tmp_path / FILE_NAME)
        for number in range(200):
            store.record(past(f"a{number}", text="x" * 500))
        store.close()
        file = tmp_path / FILE_NAME
        whole = bytearray(file.read_bytes())
        for page in range(8, len(whole) // 4096):
            whole[page * 4096 : page * 4096 + 100] = b"\xff" * 100
        file.write_bytes(whole)
        with pytest.raises(StoreDamaged):
            open_store(tmp_path / FILE_NAME).check()
        assert len(file.read_bytes()) == len(whole)

    def test_a_locked_file_says_so(self, tmp_path, monkeypatch):
        monkeypatch.setattr("knowledge.store.connection.BUSY_MS", 50)
        store = open_store(tmp_path / FILE_NAME)
        other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="another process"):
            store.record(past())
        other.execute("ROLLBACK")
        other.close()
        assert store.record(past())
        store.close()

    def test_a_full_disk_loses_only_what_was_never_stored(self, tmp_path):
        store = open_store(tmp_path / FILE_NAME)
        store.record(past("kept"))
        connection = store._connections.get()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreFull, match="No space"):
            fill(store)
        assert store.get("kept", LOOKING) == past("kept")
        connection.execute("PRAGMA max_page_count = 1000000")
        assert store.record(past("after"))
        store.close()

    def test_a_file_size_limit_is_survived(self, tmp_path):
        store = open_store(tmp_path / FILE_NAME)
        store.record(past("kept"))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            with pytest.raises(StoreError):
                store.record(past("large", text="x" * 400_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert store.get("kept", LOOKING) == past("kept")
        assert store.record(past("after"))
        store.close()

    def test_a_read_only_store_is_read_and_refuses_to_write(self, tmp_path):
        store = open_store(tmp_path / FILE_NAME)
        store.record(past())
        store.close()
        reader = open_store(tmp_path / FILE_NAME, read_only=True)
        assert reader.search("显存", LOOKING) == [past()]
        with pytest.raises(StoreReadOnly, match="VRAMBOT_HOME"):
            reader.record(past("a2"))
        with pytest.raises(StoreReadOnly):
            reader.accept(Item("T1", "i1", {}), ["event:E1"])
        reader.close()

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_a_folder_without_permission_is_named(self, tmp_path):
        open_store(tmp_path / FILE_NAME).close()
        tmp_path.chmod(0o500)
        try:
            with pytest.raises(StoreReadOnly, match="VRAMBOT_HOME"):
                open_store(tmp_path / FILE_NAME)
            open_store(tmp_path / FILE_NAME, read_only=True).close()
        finally:
            tmp_path.chmod(0o700)

    def test_a_home_that_is_a_file_is_named(self, tmp_path):
        (tmp_path / "home").write_text("")
        with pytest.raises(StoreError, match="home"):
            open_store(tmp_path / "home" / FILE_NAME)

    def test_a_missing_file_is_not_made_by_a_reader(self, tmp_path):
        with pytest.raises(StoreError):
            open_store(tmp_path / FILE_NAME, read_only=True)
        assert list(tmp_path.iterdir()) == []

    def test_odd_names_of_folders_work(self, tmp_path):
        home = tmp_path / "我的 数据?#%20"
        store = open_store(home / FILE_NAME)
        assert store.record(past())
        store.close()
        assert (home / FILE_NAME).exists()


def test_a_killed_process_loses_nothing_that_was_accepted(tmp_path):
    code = textwrap.dedent(
        f"""
        import os
        from pathlib import Path
        from knowledge.store import Item, open_store
        store = open_store(Path({str(tmp_path / FILE_NAME)!r}))
        for number in range(20):
            assert store.accept(Item("T1", f"i{{number}}", {{}}), [f"event:E{{number}}"])
        store.claim(600)
        os.kill(os.getpid(), 9)
        """
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL
    store = open_store(tmp_path / FILE_NAME)
    store.release_leases()
    taken = []
    while (item := store.claim(60)) is not None:
        taken.append(item.id)
    assert sorted(taken) == sorted(f"i{number}" for number in range(20))
    assert not store.accept(Item("T1", "again", {}), ["event:E7"])
    store.close()


def test_without_a_store_threads_still_work_in_this_process():
    history = NoHistory()
    assert not history.record(past())
    assert history.search("显存", LOOKING) == []
    history.keep_thread(PLACE, {"params": 7e9})
    assert history.thread(PLACE) == {"params": 7e9}


def test_errors_speak_both_languages():
    file = Path("vrambot.db")
    for error in (
        StoreDamaged(file),
        StoreReadOnly(file),
        StoreLocked(file),
        StoreFull(file),
        StoreTooNew(file, 9, 2),
        StoreFailed(file, "disk I/O error"),
    ):
        assert error.in_("en") != error.in_("zh")
        assert "\n" not in error.in_("en") + error.in_("zh")
