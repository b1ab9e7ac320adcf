"""Errors of the stores: each says in one line, in both languages, what an operator does next.

StoreError                  base
├── StoreDamaged            the file is not a database, or is broken; it is left as it is
├── StoreReadOnly           the file, its folder or its file system cannot be written
├── StoreLocked             another process holds the database for too long
├── StoreFull               the disk is full
├── StoreTooNew             the file was written by a newer vrambot
├── StoreFailed             any other failure of the database or the disk
├── InboxFull               too many questions wait; the caller lets Slack send this one again
├── UnknownAnswer           no stored answer has this id
├── UnknownEntry            no entry or draft of the team has this id
└── EntryConflict           somebody else changed the entry in between
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from knowledge.entries import Bilingual
from knowledge.errors import KnowledgeError


class StoreError(KnowledgeError):
    """Base of the stores' errors; ``code`` is for scripts, ``message`` for people."""

    code = "store_error"


class StoreDamaged(StoreError):
    """The file is not a database, or is broken; it is left as it is."""

    code = "store_damaged"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Bilingual(
                en=f"{path} is damaged or no database, and was left untouched: move it aside "
                f"(mv {path.name} {path.name}.damaged) or restore a backup, then start again; "
                "`sqlite3 FILE .recover` saves what can be read.",
                zh=f"{path} 已损坏或不是数据库，文件未被改动：请先把它移开"
                f"（mv {path.name} {path.name}.damaged）或恢复备份，再重新启动；"
                "`sqlite3 FILE .recover` 可以抢救还能读出的内容。",
            )
        )


class StoreReadOnly(StoreError):
    """The file, its folder or its file system cannot be written."""

    code = "store_read_only"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Bilingual(
                en=f"{path} cannot be written: give this user write access to the file and its "
                "folder, or set VRAMBOT_HOME to a folder that can be written.",
                zh=f"{path} 不可写：请让当前用户对该文件及其目录有写权限，"
                "或把 VRAMBOT_HOME 设为可写的目录。",
            )
        )


class StoreLocked(StoreError):
    """Another process holds the database for too long."""

    code = "store_locked"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Bilingual(
                en=f"{path} is locked by another process: stop that process "
                f"(fuser {path.name} names it), or try again.",
                zh=f"{path} 被另一个进程锁住：请停止该进程"
                f"（fuser {path.name} 可查出它），或稍后再试。",
            )
        )


class StoreFull(StoreError):
    """The disk is full."""

    code = "store_full"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Bilingual(
                en=f"No space is left on the disk of {path}: free some; "
                "what was stored before is kept.",
                zh=f"{path} 所在的磁盘已满：请腾出空间；之前存下的内容都在。",
            )
        )


class StoreTooNew(StoreError):
    """The file was written by a newer vrambot."""

    code = "store_too_new"

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            Bilingual(
                en=f"{path} has schema {found}, this vrambot knows {known}: upgrade vrambot, or "
                "set VRAMBOT_HOME to another folder.",
                zh=f"{path} 的结构版本是 {found}，当前 vrambot 只认识到 {known}："
                "请升级 vrambot，或把 VRAMBOT_HOME 设为别的目录。",
            )
        )


class StoreFailed(StoreError):
    """Any other failure of the database or the disk; ``reason`` is the driver's words."""

    code = "store_failed"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            Bilingual(
                en=f"{path} cannot be used ({reason}): check the disk and the path, "
                "then start again.",
                zh=f"{path} 无法使用（{reason}）：请检查磁盘和路径，再重新启动。",
            )
        )


class InboxFull(StoreError):
    """Too many questions wait; the caller lets Slack send this one again."""

    code = "inbox_full"

    def __init__(self, limit: int) -> None:
        super().__init__(
            Bilingual(
                en=f"{limit} questions wait already: please try again in a minute.",
                zh=f"已有 {limit} 个问题在排队：请一分钟后再试。",
            )
        )


class UnknownAnswer(StoreError):
    """No stored answer has this id."""

    code = "unknown_answer"

    def __init__(self, answer_id: str) -> None:
        super().__init__(
            Bilingual(en=f"There is no answer {answer_id}.", zh=f"没有编号为 {answer_id} 的答案。")
        )


class UnknownEntry(StoreError):
    """No entry and no draft of the team has this id."""

    code = "unknown_entry"

    def __init__(self, entry_id: str) -> None:
        super().__init__(
            Bilingual(
                en=f"The team has no entry, draft or version {entry_id}.",
                zh=f"团队没有编号为 {entry_id} 的条目、草稿或版本。",
            )
        )


class EntryConflict(StoreError):
    """Somebody else changed the entry in between; ``newest`` is the version that is live now."""

    code = "entry_conflict"

    def __init__(self, entry_id: str, based_on: int, newest: int) -> None:
        super().__init__(
            Bilingual(
                en=f"{entry_id} was changed in between: this text is based on version "
                f"{based_on}, the newest is {newest}.",
                zh=f"{entry_id} 在此期间被改过：这份文本基于第 {based_on} 版，"
                f"最新的是第 {newest} 版。",
            )
        )
        self.entry_id = entry_id
        self.newest = newest


def from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the store's error for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    kinds: dict[int, type[StoreDamaged | StoreReadOnly | StoreLocked | StoreFull]] = {
        sqlite3.SQLITE_CORRUPT: StoreDamaged,
        sqlite3.SQLITE_NOTADB: StoreDamaged,
        sqlite3.SQLITE_READONLY: StoreReadOnly,
        sqlite3.SQLITE_PERM: StoreReadOnly,
        sqlite3.SQLITE_BUSY: StoreLocked,
        sqlite3.SQLITE_LOCKED: StoreLocked,
        sqlite3.SQLITE_FULL: StoreFull,
    }
    kind = kinds.get(code)
    return kind(path) if kind else StoreFailed(path, str(error))


def from_os(error: OSError, path: Path) -> StoreError:
    """Return the store's error for one of the operating system's."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreReadOnly(path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(path)
    return StoreFailed(path, error.strerror or str(error))
