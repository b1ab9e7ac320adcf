"""Slack's text markup and Markdown as HTML. Everything is escaped at the leaves."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from markdown_it import MarkdownIt

_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_ANGLE = re.compile(r"<([^<>\n]+)>")
_STYLES = (
    (re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])"), "strong"),
    (re.compile(r"(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])"), "em"),
    (re.compile(r"(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])"), "s"),
)
_QUOTE = re.compile(r"(?m)(?:^&gt; ?.*(?:\n|$))+")
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)


def leaf(text: str) -> str:
    """Escape a piece of wire text for HTML; its own entities are read first."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return html.escape(plain)


def mrkdwn_html(text: str, names: Mapping[str, str]) -> str:
    """Give mrkdwn as HTML; ``names`` turns user and channel ids into names."""
    pieces, at = [], 0
    for match in _CODE.finditer(text):
        pieces.append(_flow(text[at : match.start()], names))
        if match[1] is not None:
            pieces.append(f"<pre>{leaf(match[1].strip(chr(10)))}</pre>")
        else:
            pieces.append(f"<code>{leaf(match[2])}</code>")
        at = match.end()
    pieces.append(_flow(text[at:], names))
    return "".join(pieces)


def markdown_html(text: str) -> str:
    """Give standard Markdown as HTML; raw HTML in it is shown, not obeyed."""
    return str(_MARKDOWN.render(text))


def link_html(url: str, label: str) -> str:
    """Give a link that opens elsewhere; only web and mail addresses become links."""
    if not url.startswith(("https://", "http://", "mailto:")):
        return html.escape(label)
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">'
        f"{html.escape(label)}</a>"
    )


def mention_html(name: str) -> str:
    """Give a mention of a person, group or everyone."""
    return f'<span class="mention">@{html.escape(name)}</span>'


def _flow(text: str, names: Mapping[str, str]) -> str:
    pieces, at = [], 0
    for match in _ANGLE.finditer(text):
        pieces += [_styled(text[at : match.start()]), _reference(match[1], names)]
        at = match.end()
    pieces.append(_styled(text[at:]))
    return "".join(pieces).replace("\n", "<br>")


def _styled(text: str) -> str:
    found = leaf(text)
    for pattern, tag in _STYLES:
        found = pattern.sub(rf"<{tag}>\1</{tag}>", found)
    return _QUOTE.sub(_quoted, found)


def _quoted(match: re.Match[str]) -> str:
    lines = [line.removeprefix("&gt;").strip() for line in match[0].strip("\n").split("\n")]
    return f"<blockquote>{'<br>'.join(lines)}</blockquote>"


def _reference(inside: str, names: Mapping[str, str]) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return mention_html(label or names.get(target[1:], target[1:]))
    if target.startswith("#"):
        channel = label or names.get(target[1:], target[1:])
        return f'<span class="mention">#{html.escape(channel)}</span>'
    if target.startswith("!"):
        return mention_html(label or target[1:].partition("^")[0])
    if "://" in target or target.startswith("mailto:"):
        unescaped = target.replace("&amp;", "&")
        return link_html(unescaped, label.replace("&amp;", "&") or unescaped)
    return leaf(f"<{inside}>")
