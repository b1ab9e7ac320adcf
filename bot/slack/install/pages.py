"""The few pages that a browser sees during an install, in both languages; nothing is loaded."""

from __future__ import annotations

from html import escape

from aiohttp import web

from bot.messages import say
from bot.question import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")
HEADERS = {
    # The address of the last page holds the code and the state: it goes nowhere.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>vrambot</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:16px/1.6 sans-serif;max-width:36em;margin:4em auto;padding:0 1em}}</style>
</head><body><h1>vrambot</h1>
{body}
</body></html>
"""


def page(key: str, status: int = 200, **values: str) -> web.Response:
    """Return a page with one sentence in both languages; values are escaped."""
    return _response(_paragraphs(key, **values), status)


def offer(url: str) -> web.Response:
    """Return the page that leads to Slack's consent page."""
    link = " / ".join(say("install_button", language) for language in LANGUAGES)
    body = f'{_paragraphs("install_offer")}\n<p><a href="{escape(url)}">{escape(link)}</a></p>'
    return _response(body, 200)


def _paragraphs(key: str, **values: str) -> str:
    safe = {name: escape(value) for name, value in values.items()}
    return "\n".join(
        f'<p lang="{language}">{say(key, language, **safe)}</p>' for language in LANGUAGES
    )


def _response(body: str, status: int) -> web.Response:
    shown = PAGE.format(body=body)
    return web.Response(text=shown, content_type="text/html", status=status, headers=HEADERS)
