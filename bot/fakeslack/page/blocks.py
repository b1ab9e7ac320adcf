"""Blocks as HTML."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.fakeslack.page.elements import element_html, text_of
from bot.fakeslack.page.figures import chart_html, table_html
from bot.fakeslack.page.markup import leaf, markdown_html, mrkdwn_html
from bot.fakeslack.page.rich import rich_text_html
from bot.fakeslack.records import Json

_ROOMS = frozenset({"conversations_select", "channels_select"})
_TASK_SIGNS = {"pending": "○", "in_progress": "◔", "complete": "✓", "error": "✗"}


@dataclass(frozen=True, slots=True)
class BlockRenderer:
    """Renders blocks for one viewer; ``errors`` are a form's messages by block id."""

    names: Mapping[str, str]
    viewer_id: str
    errors: Mapping[str, str]

    def blocks(self, blocks: list[Json]) -> str:
        """Give all blocks, one after another."""
        return "".join(self.block(block) for block in blocks)

    def block(self, block: Json) -> str:
        """Give one block; a type without a picture here is shown as JSON."""
        kind = str(block.get("type"))
        renderers: dict[str, Callable[[Json], str]] = {
            "section": self._section,
            "header": lambda one: f"<h3>{text_of(one['text'])}</h3>",
            "divider": lambda one: "<hr>",
            "context": self._context,
            "actions": self._actions,
            "context_actions": self._actions,
            "image": self._image,
            "input": self._input,
            "rich_text": lambda one: rich_text_html(one, self.names),
            "markdown": lambda one: markdown_html(one["text"]),
            "table": lambda one: table_html(one, self.names),
            "data_table": lambda one: table_html(one, self.names),
            "data_visualization": chart_html,
            "container": self._container,
            "card": self._card,
            "carousel": lambda one: f'<div class="row">{self.blocks(one["elements"])}</div>',
            "alert": lambda one: f'<div class="alert">{self.text(one["text"])}</div>',
            "task_card": self._task,
            "plan": self._plan,
        }
        render = renderers.get(kind)
        if render is None:
            shown = html.escape(json.dumps(block, ensure_ascii=False, indent=1))
            return f'<pre class="unknown">{shown}</pre>'
        return f'<div class="block {html.escape(kind)}">{render(block)}</div>'

    def text(self, value: Json | None) -> str:
        """Give a text object."""
        if not value:
            return ""
        if value["type"] == "mrkdwn":
            return mrkdwn_html(value["text"], self.names)
        return leaf(value["text"]).replace("\n", "<br>")

    def _element(self, element: Json) -> str:
        return element_html(element, self.viewer_id)

    def _section(self, block: Json) -> str:
        fields = "".join(f"<div>{self.text(one)}</div>" for one in block.get("fields") or [])
        grid = f'<div class="fields">{fields}</div>' if fields else ""
        accessory = self._element(block["accessory"]) if block.get("accessory") else ""
        return f'<div class="grow">{self.text(block.get("text"))}{grid}</div>{accessory}'

    def _context(self, block: Json) -> str:
        return " ".join(
            self._element(one) if one["type"] == "image" else f"<span>{self.text(one)}</span>"
            for one in block["elements"]
        )

    def _actions(self, block: Json) -> str:
        return "".join(self._element(one) for one in block["elements"])

    def _image(self, block: Json) -> str:
        alt, title = html.escape(block["alt_text"]), text_of(block.get("title"))
        return (
            f'<figure><figcaption>{title}</figcaption><span class="picture">{alt}</span></figure>'
        )

    def _input(self, block: Json) -> str:
        element = block["element"]
        if element["type"] in _ROOMS:
            element = {**element, "options": self._rooms()}
        name, tells = str(block.get("block_id", "")), bool(block.get("dispatch_action"))
        field = element_html(element, self.viewer_id, field=name, tells=tells)
        optional = " <small>(optional)</small>" if block.get("optional") else ""
        error = self.errors.get(block.get("block_id", ""))
        shown = f'<div class="error">{html.escape(error)}</div>' if error else ""
        hint = f"<small>{text_of(block['hint'])}</small>" if block.get("hint") else ""
        label = f"<span>{text_of(block['label'])}{optional}</span>"
        return f"<label>{label}{field}</label>{shown}{hint}"

    def _rooms(self) -> list[Json]:
        """Give the conversations to choose from."""
        return [
            {"text": {"text": name or one}, "value": one}
            for one, name in self.names.items()
            if one[:1] in "CGD"
        ]

    def _container(self, block: Json) -> str:
        if block.get("rich_text_title"):
            title = rich_text_html(block["rich_text_title"], self.names)
        else:
            title = f"<strong>{text_of(block.get('title'))}</strong>"
        subtitle = self.text(block.get("subtitle"))
        head = f"{title} <small>{subtitle}</small>" if subtitle else title
        inside = self.blocks(block["child_blocks"])
        if not block.get("is_collapsible"):
            return f"<div>{head}</div>{inside}"
        key = html.escape(block.get("block_id", ""))
        opened = "" if block.get("default_collapsed") else " open"
        return f'<details data-key="{key}"{opened}><summary>{head}</summary>{inside}</details>'

    def _card(self, block: Json) -> str:
        buttons = "".join(self._element(one) for one in block.get("actions") or [])
        return (
            f"<strong>{self.text(block.get('title'))}</strong>"
            f"<div><small>{self.text(block.get('subtitle'))}</small></div>"
            f'<div class="body">{self.text(block.get("body"))}</div>'
            f"<div><small>{self.text(block.get('subtext'))}</small></div><div>{buttons}</div>"
        )

    def _task(self, block: Json) -> str:
        details = [block[name] for name in ("details", "output") if block.get(name)]
        inside = "".join(rich_text_html(one, self.names) for one in details)
        return f"{_TASK_SIGNS[block['status']]} {html.escape(block['title'])}{inside}"

    def _plan(self, block: Json) -> str:
        return (
            f"<strong>{html.escape(block['title'])}</strong>{self.blocks(block.get('tasks') or [])}"
        )
