"""Where past answers and waiting messages are kept.

``open_store(path)`` gives the SQLite store; ``NoHistory`` stands in where none can be used.
"""

from knowledge.store.nothing import NoHistory
from knowledge.store.port import Inbox, Item, Outbox, Post, Store
from knowledge.store.sqlite import SqliteStore, open_store

__all__ = ["Inbox", "Item", "NoHistory", "Outbox", "Post", "SqliteStore", "Store", "open_store"]
