"""Work of the inbox that is not a question: an item whose payload names a ``task``.

Each module has ``TASK`` and ``async perform(desk, client, item)``, which closes the item.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.tasks import (
    chart,
    curation,
    export_person,
    farewell,
    forget_person,
    home,
    policy,
    prompts,
    settle,
    team_defaults,
    whisper,
)
from knowledge.store import Item

Task = Callable[[Desk, AsyncWebClient, Item], Awaitable[None]]

TASKS: Mapping[str, Task] = {
    module.TASK: module.perform
    for module in (
        chart,
        curation,
        home,
        policy,
        whisper,
        prompts,
        settle,
        team_defaults,
        export_person,
        forget_person,
    )
}
# What is done where the bot may have no token any more: ``async perform(desk, item)``.
ALONE: Mapping[str, Callable[[Desk, Item], Awaitable[None]]] = {farewell.TASK: farewell.perform}
