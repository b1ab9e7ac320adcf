"""Work of curation that waits in the inbox: what was clicked, by whom, and where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say
from bot.question import Language
from bot.slack.asked import answer_id
from bot.slack.curation.curators import Standing
from bot.slack.curation.names import TASK
from bot.slack.desk import Desk
from bot.slack.forms.modal import View, notice, paragraph
from bot.slack.replies import note_of, note_to
from knowledge.store import Item, Post
from knowledge.visibility import Place, Viewer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One step of curation, for ``user``; ``values`` are the step's own."""

    desk: Desk
    client: AsyncWebClient
    item: Item

    @property
    def workspace(self) -> str:
        """The workspace whose entries are concerned."""
        return self.item.workspace

    @property
    def values(self) -> Mapping[str, Any]:
        """What the step needs to know."""
        return self.item.payload

    @property
    def user(self) -> str:
        """Who acts."""
        return str(self.values["user"])

    @property
    def language(self) -> Language:
        """The language to speak to them."""
        return "zh" if self.values.get("language") == "zh" else "en"

    @property
    def value(self) -> str:
        """What the clicked button stands for."""
        return str(self.values.get("value") or "")

    def say(self, key: str, **values: Any) -> str:
        """Return a sentence for whoever acts."""
        return say(key, self.language, **values)

    async def viewer(self) -> Viewer:
        """Return whoever acts as somebody who looks from where they clicked."""
        channel = str(self.values.get("channel") or "")
        kind = await self.desk.kind(self.workspace, channel, None) if channel else "private"
        return Viewer(self.user, Place(self.workspace, channel, kind))

    async def standing(self) -> Standing:
        """Return whether whoever acts is a curator now."""
        return await self.desk.curators.standing(self.client, self.workspace, self.user)

    async def refusal(self) -> str | None:
        """Return the sentence for somebody who is no curator, None for one who is."""
        standing = await self.standing()
        if standing == "curator":
            return None
        if standing == "unknown":
            return self.say("curators_unknown")
        return self.say("curators_named" if self.desk.curators.named else "curators_admins")

    async def show(self, view: View) -> bool:
        """Put a view in the place of the one that was opened; False when that one is gone."""
        shown = {
            name: self.values[name] for name in ("view_id", "external_id") if name in self.values
        }
        try:
            await self.client.views_update(view=view, **shown)
        except SlackApiError as error:
            reason = str(error.response.get("error", ""))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = type(error).__name__
        else:
            return True
        log.warning("view_not_updated", step=self.values["step"], reason=reason)
        return False

    async def notify(self, sentence: str) -> None:
        """Say a sentence in the form that is open; where it was closed, as a message."""
        view = {**notice("form_close", self.language), "blocks": [paragraph(sentence)]}
        if not await self.show({**view, "clear_on_close": True}):
            await self.tell(sentence)

    async def tell(self, sentence: str) -> None:
        """Say a sentence to whoever acted alone: where they clicked, else as a direct message."""
        note_id = answer_id(self.workspace, "note", self.item.id)
        url = self.values.get("response_url")
        if url:
            channel = str(self.values.get("channel") or self.user)
            post = Post(self.workspace, note_id, channel, note_of(sentence, url, note_id=note_id))
        else:
            post = Post(self.workspace, note_id, self.user, note_to(sentence, note_id=note_id))
        await self.desk.send(post)


async def record(desk: Desk, workspace: str, user: str, step: str, key: str, **values: Any) -> bool:
    """Have a step done by a worker, once for each ``key``; raises ``StoreError``."""
    payload = {"task": TASK, "step": step, "user": user, **values}
    item = Item(workspace, answer_id(workspace, TASK, key), payload)
    return await desk.accept(item, [key])
