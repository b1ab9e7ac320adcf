"""Opens and redraws a modal from a listener: within the three seconds that a trigger lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.forms.modal import View

PATIENCE_S = 2.0
LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "timeout"})
log = structlog.get_logger(__name__)


async def open_form(client: AsyncWebClient, body: Mapping[str, Any], view: View) -> str | None:
    """Open a form for whoever clicked; on top of another one if the click was in a form.

    Return None when it is open, else why not: ``form_late`` when the trigger had lapsed, else
    ``form_refused``, both keys of sentences.
    """
    trigger = str(body.get("trigger_id") or "")
    in_a_form = (body.get("view") or {}).get("type") == "modal"
    try:
        async with asyncio.timeout(PATIENCE_S):
            if in_a_form:
                await client.views_push(trigger_id=trigger, view=view)
            else:
                await client.views_open(trigger_id=trigger, view=view)
    except SlackApiError as error:
        reason = str(error.response.get("error", ""))
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = "timeout" if isinstance(error, TimeoutError) else type(error).__name__
    else:
        return None
    log.warning("form_not_opened", form=view.get("callback_id"), reason=reason)
    return "form_late" if reason in LATE else "form_refused"


async def redraw(client: AsyncWebClient, body: Mapping[str, Any], view: View) -> None:
    """Replace an open form by what a choice in it makes of it; a refusal leaves it as it is."""
    shown = body["view"]
    try:
        async with asyncio.timeout(PATIENCE_S):
            await client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
    except SlackApiError as error:
        log.info("form_not_redrawn", reason=error.response.get("error", ""))
    except (aiohttp.ClientError, TimeoutError) as error:
        log.info("form_not_redrawn", reason=type(error).__name__)
