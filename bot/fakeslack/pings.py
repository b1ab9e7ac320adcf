"""Finds what in a posted message would notify people: broadcasts and mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_LIVE = re.compile(r"<(!(?:channel|here|everyone)|!subteam\^[A-Z0-9]+|@[UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LINKED = re.compile(r"(?<![\w.])@(channel|here|everyone)\b")


@dataclass(frozen=True, slots=True)
class Ping:
    """One notification that a post would cause.

    ``target`` is ``!channel``, ``!here``, ``!everyone``, ``!subteam^S…`` or ``@U…``; ``where`` is
    the JSON pointer of the field that holds it.
    """

    target: str
    where: str
    channel_id: str
    ts: str
    method: str


def targets(
    text: str,
    blocks: list[dict[str, Any]],
    attachments: list[dict[str, Any]] | None = None,
    *,
    links_names: bool = False,
) -> list[tuple[str, str]]:
    """Give (target, JSON pointer) for each ping in a message's text, blocks and attachments.

    ``links_names`` is on when ``link_names`` or ``parse=full`` was sent: bare ``@channel`` pings.
    """
    found = [(target, "/text") for target in _in_text(text, links_names)]
    for index, block in enumerate(blocks):
        found += _in_object(block, f"/blocks/{index}", links_names)
    for index, attachment in enumerate(attachments or []):
        found += _in_object(attachment, f"/attachments/{index}", links_names)
        for name in ("text", "pretext", "fallback"):
            where = f"/attachments/{index}/{name}"
            words = str(attachment.get(name, ""))
            found += [(target, where) for target in _in_text(words, links_names)]
    return found


def _in_text(text: str, links_names: bool) -> Iterator[str]:
    yield from (match[1] for match in _LIVE.finditer(text))
    if links_names:
        yield from (f"!{match[1]}" for match in _LINKED.finditer(text))


def _in_object(value: Any, path: str, links_names: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for index, member in enumerate(value):
            yield from _in_object(member, f"{path}/{index}", links_names)
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if kind in ("mrkdwn", "markdown") and isinstance(value.get("text"), str):
        yield from ((target, f"{path}/text") for target in _in_text(value["text"], links_names))
    elif kind == "broadcast":
        yield f"!{value.get('range')}", path
    elif kind == "user" and "user_id" in value:
        yield f"@{value['user_id']}", path
    elif kind == "usergroup" and "usergroup_id" in value:
        yield f"!subteam^{value['usergroup_id']}", path
    else:
        for name, member in value.items():
            yield from _in_object(member, f"{path}/{name}", links_names)
