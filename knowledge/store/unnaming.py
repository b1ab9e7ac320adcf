"""Takes a person's id, and the name beside it, out of the JSON of a team's text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from knowledge.store.erasure import FORMER_MEMBER


def labels_in(text: str, user: str) -> set[str]:
    """Return the names under which a text links to a person: ``[Mei](https://…/team/U0MEI)``."""
    return {label for label in _link(user).findall(text) if label and label != user}


def unnamed(text: str, user: str, labels: Iterable[str] = ()) -> str:
    """Return JSON text with "former-member" for the person.

    Links to them, mentions and the bare id are replaced wherever they stand; the names in
    ``labels`` where a source lists its authors, for elsewhere they may be any word.
    """
    link, mention = _link(user), re.compile(rf"<@{re.escape(user)}(?:\|[^>]*)?>")
    bare = re.compile(rf"\b{re.escape(user)}\b")

    def replaced(value: str) -> str:
        for pattern in (link, mention, bare):
            value = pattern.sub(FORMER_MEMBER, value)
        return value

    try:
        content = json.loads(text)
    except ValueError:
        return replaced(text)
    content = _everywhere(content, replaced)
    for source in content.get("sources") or () if isinstance(content, dict) else ():
        if isinstance(source, dict) and isinstance(source.get("title"), str):
            source["title"] = _without(source["title"], labels)
    return json.dumps(content, ensure_ascii=False)


def _link(user: str) -> re.Pattern[str]:
    return re.compile(rf"\[([^\[\]]*)\]\([^()\s]*/team/{re.escape(user)}\)")


def _without(title: str, labels: Iterable[str]) -> str:
    """Return a title with a name replaced where it is one of a list of authors."""
    for label in labels:
        listed = rf"(?<![^\s,，：:]){re.escape(label)}(?![^\s,，])"
        title = re.sub(listed, FORMER_MEMBER, title)
    return title


def _everywhere(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_everywhere(one, change) for one in value]
    if isinstance(value, dict):
        return {name: _everywhere(one, change) for name, one in value.items()}
    return value
