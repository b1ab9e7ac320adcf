"""Direct messages that begin with a person: their channel is known when the first one is out."""

from __future__ import annotations

from knowledge.store import Store
from knowledge.visibility import Place

DIRECT = ("U", "W")
"""How the ids of people begin; a message to one of them goes to the direct message with them."""


def adopt(store: Store, workspace: str, user: str, channel: str) -> None:
    """Let what is said in the direct message go on from what was sent to the person."""
    state = store.thread(Place(workspace, user, "dm"))
    if state is not None:
        store.keep_thread(Place(workspace, channel, "dm"), state)
