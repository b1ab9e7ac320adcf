"""A thread of Slack as the beginning of an entry: its text, its authors linked, within a budget."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.wire import typed
from bot.understanding.language import detect_language
from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.faq_document import slug
from knowledge.writing import tidy

PAGE = 200
MOST_PAGES = 10
MOST_NAMES = 20
BUDGET_CHARACTERS = 2_700
"""What is taken of a thread: a form's input holds 3,000 characters."""
TITLE_CHARACTERS = 150
PATIENCE_S = 20.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read: the messages, and why it is not the whole thread (a key of a sentence)."""

    messages: tuple[Mapping[str, Any], ...]
    obstacle: str | None = None


async def gather(client: AsyncWebClient, channel: str, message: Mapping[str, Any]) -> Gathered:
    """Read the thread of a message; where that cannot be, the message alone and why."""
    root = str(message.get("thread_ts") or message["ts"])
    found: dict[str, Mapping[str, Any]] = {}
    cursor, obstacle = "", None
    try:
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(MOST_PAGES):
                answer = await client.conversations_replies(
                    channel=channel, ts=root, limit=PAGE, cursor=cursor
                )
                # A page may repeat the thread's first message.
                found.update((str(one["ts"]), one) for one in answer["messages"])
                cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
                if not cursor:
                    break
    except SlackApiError as error:
        reason = str(error.response.get("error", ""))
        obstacle = "thread_scope" if reason == "missing_scope" else _unread(found)
        log.info("thread_not_read", channel=channel, reason=reason)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        obstacle = _unread(found)
        log.info("thread_not_read", channel=channel, reason=type(error).__name__)
    ordered = tuple(found[ts] for ts in sorted(found, key=float))
    return Gathered(ordered or (message,), obstacle)


def _unread(found: Mapping[str, Any]) -> str:
    return "thread_partly" if found else "thread_unread"


async def names_of(client: AsyncWebClient, messages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the names of the authors by id; those whom Slack does not tell keep their id."""
    users = dict.fromkeys(str(one["user"]) for one in messages if one.get("user"))
    names: dict[str, str] = {}
    for user in list(users)[:MOST_NAMES]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                person = (await client.users_info(user=user))["user"]
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError):
            # Without the scope nobody's name is told: there is no use in asking on.
            break
        profile = person.get("profile") or {}
        names[user] = str(profile.get("display_name") or person.get("real_name") or user)
    return names


@dataclass(frozen=True, slots=True)
class Said:
    """A thread as text: how many of its messages are in it, of how many."""

    text: str
    taken: int
    of: int


def said_in(messages: Sequence[Mapping[str, Any]], names: Mapping[str, str], team_url: str) -> Said:
    """Return the messages one after the other, each under its linked author, up to the budget."""
    parts: list[str] = []
    left = BUDGET_CHARACTERS
    told = [one for one in messages if str(one.get("text") or "").strip()]
    for one in told:
        part = f"{_author(one, names, team_url)}\n{_body(one)}"
        if len(part) > left:
            if not parts:
                parts.append(_closed(part[:left].splitlines()))
            break
        parts.append(part)
        left -= len(part) + 2
    return Said("\n\n".join(parts), len(parts), len(told))


def entry_from(
    said: Said, messages: Sequence[Mapping[str, Any]], link: str, source: str, reviewed: date
) -> Entry:
    """Return an entry that begins with a thread: its question as title and way of asking."""
    question = " ".join(typed(str(messages[0].get("text") or "")).split())[:TITLE_CHARACTERS]
    chinese = detect_language(f"{question}\n{said.text}") == "zh"
    ways = (question,) if question else ()
    return tidy(
        Entry(
            id=slug(question) or "thread",
            title=_in(question, chinese=chinese),
            ask=Ways(en=() if chinese else ways, zh=ways if chinese else ()),
            sources=(EntrySource(title=source, locator=link),),
            reviewed=reviewed,
            body=_in(said.text, chinese=chinese),
        )
    )


def _in(text: str, *, chinese: bool) -> Bilingual:
    return Bilingual(en="", zh=text) if chinese else Bilingual(en=text, zh="")


def _author(message: Mapping[str, Any], names: Mapping[str, str], team_url: str) -> str:
    user = str(message.get("user") or "")
    if not user:
        return f"**{_flat(str(message.get('username') or 'bot'))}**"
    name = _flat(names.get(user, user))
    return f"**[{name}]({team_url.rstrip('/')}/team/{user})**" if team_url else f"**{name}**"


def _flat(name: str) -> str:
    """Return a name without what Markdown would read as markup."""
    return "".join(char for char in name if char not in "[]()*_`<>\\\n")


def _body(message: Mapping[str, Any]) -> str:
    """Return a message as typed, with every code block closed."""
    text = typed(str(message.get("text") or ""))
    lines = []
    for line in text.splitlines():
        # Slack's fences may stand inside a line, Markdown's only at its beginning.
        lines += line.replace("```", "\n```\n").splitlines() if "```" in line else [line]
    return _closed(lines)


def _closed(lines: Sequence[str]) -> str:
    fences = sum(line.strip().startswith("```") for line in lines)
    return "\n".join([*lines, "```"] if fences % 2 else lines)
