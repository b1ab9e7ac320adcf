"""Puts a file into a thread, in Slack's three steps: an address, the bytes, the completion."""

from __future__ import annotations

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

REFUSED = ("missing_scope", "not_allowed_token_type", "file_uploads_disabled")
OK = 200


async def upload(
    client: AsyncWebClient,
    channel: str,
    ts: str | None,
    name: str,
    content: bytes,
    *,
    title: str = "",
    alt_text: str | None = None,
) -> bool:
    """Upload a file and post it in a channel's thread; False where the bot may not upload.

    Raises ``SlackApiError`` for any other refusal and ``aiohttp.ClientError`` for lost bytes.
    """
    try:
        place = await client.files_getUploadURLExternal(
            filename=name, length=len(content), alt_txt=alt_text
        )
    except SlackApiError as error:
        if error.response.get("error") in REFUSED:
            return False
        raise
    session = client.session
    assert session is not None
    async with session.post(str(place["upload_url"]), data=content) as answer:
        if answer.status != OK:
            raise aiohttp.ClientError(f"upload: http {answer.status}")
    files: list[dict[str, str | None]] = [{"id": str(place["file_id"]), "title": title or name}]
    await client.files_completeUploadExternal(files=files, channel_id=channel, thread_ts=ts)
    return True
