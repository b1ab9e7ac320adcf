"""``rich_text`` blocks as HTML."""

from __future__ import annotations

import html
from collections.abc import Mapping

from bot.fakeslack.page.markup import link_html, mention_html
from bot.fakeslack.records import Json

_STYLE_TAGS = {"bold": "strong", "italic": "em", "strike": "s", "code": "code", "underline": "u"}


def rich_text_html(block: Json, names: Mapping[str, str]) -> str:
    """Give a whole ``rich_text`` block."""
    return "".join(_element(element, names) for element in block.get("elements", []))


def _element(element: Json, names: Mapping[str, str]) -> str:
    kind = element.get("type")
    if kind == "rich_text_list":
        tag = "ol" if element.get("style") == "ordered" else "ul"
        items = "".join(f"<li>{_inline(one, names)}</li>" for one in element["elements"])
        indent = int(element.get("indent", 0))
        return f'<{tag} style="margin-left:{indent * 1.5:g}em">{items}</{tag}>'
    if kind == "rich_text_preformatted":
        return f"<pre>{_inline(element, names, breaks=False)}</pre>"
    if kind == "rich_text_quote":
        return f"<blockquote>{_inline(element, names)}</blockquote>"
    return f"<p>{_inline(element, names)}</p>"


def _inline(element: Json, names: Mapping[str, str], *, breaks: bool = True) -> str:
    parts = "".join(_part(part, names) for part in element.get("elements", []))
    return parts.replace("\n", "<br>") if breaks else parts


def _part(part: Json, names: Mapping[str, str]) -> str:
    kind = part.get("type")
    if kind == "user":
        found = mention_html(names.get(part["user_id"], part["user_id"]))
    elif kind == "usergroup":
        found = mention_html(part["usergroup_id"])
    elif kind == "broadcast":
        found = mention_html(part["range"])
    elif kind == "channel":
        name = names.get(part["channel_id"], part["channel_id"])
        found = f'<span class="mention">#{html.escape(name)}</span>'
    elif kind == "link":
        found = link_html(part["url"], part.get("text") or part["url"])
    elif kind == "emoji":
        found = html.escape(f":{part['name']}:")
    elif kind == "date":
        found = html.escape(str(part.get("fallback") or part["timestamp"]))
    else:
        found = html.escape(str(part.get("text", part.get("value", ""))))
    for style, on in (part.get("style") or {}).items():
        if on and style in _STYLE_TAGS:
            found = f"<{_STYLE_TAGS[style]}>{found}</{_STYLE_TAGS[style]}>"
    return found
