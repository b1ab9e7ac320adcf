"""The Web API, one module per family of methods; importing this package registers them all."""

from bot.fakeslack.methods import (
    assistant,
    auth,
    chat,
    conversations,
    directory,
    files,
    streams,
    views,
)
from bot.fakeslack.methods.call import answer_call

__all__ = [
    "answer_call",
    "assistant",
    "auth",
    "chat",
    "conversations",
    "directory",
    "files",
    "streams",
    "views",
]
