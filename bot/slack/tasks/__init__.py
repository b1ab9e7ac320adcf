"""Work of the inbox that is not a question: an item whose payload names a ``task``.

Each module has ``TASK`` and ``async perform(desk, client, item)``, which closes the item.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.tasks import home, policy, whisper
from knowledge.store import Item

Task = Callable[[Desk, AsyncWebClient, Item], Awaitable[None]]

TASKS: Mapping[str, Task] = {module.TASK: module.perform for module in (home, policy, whisper)}
