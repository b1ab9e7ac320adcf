"""Buttons, menus and inputs as HTML; ``data-`` attributes tell the script what was used."""

from __future__ import annotations

import html

from bot.fakeslack.records import Json

_INPUT_TYPES = {
    "datepicker": "date",
    "timepicker": "time",
    "email_text_input": "email",
    "url_text_input": "url",
    "number_input": "number",
}


def text_of(value: Json | None) -> str:
    """Give the escaped text of a text object."""
    return html.escape(str((value or {}).get("text", "")))


def element_html(
    element: Json, viewer_id: str, *, field: str | None = None, tells: bool = False
) -> str:
    """Give an element: in a form the ``field`` of that name, elsewhere using it is a click.

    A field that ``tells`` is a click too.
    """
    kind = element["type"]
    if viewer_id not in element.get("visible_to_user_ids", [viewer_id]):
        return ""
    action = f'data-action="{html.escape(element.get("action_id", ""))}"'
    if kind == "image":
        alt = html.escape(element.get("alt_text", ""))
        return f'<span class="picture" title="{alt}">{alt}</span>'
    if kind in ("button", "icon_button", "workflow_button"):
        return _button(element, action)
    if kind == "feedback_buttons":
        return "".join(
            f'<button {action} data-value="{html.escape(element[side]["value"])}">'
            f"{text_of(element[side]['text'])}</button>"
            for side in ("positive_button", "negative_button")
        )
    name = action if field is None else f'name="{html.escape(field)}"'
    if field is not None and tells:
        name += f" {action}"
    if kind in ("checkboxes", "multi_static_select"):
        return _many(element, name)
    options = [
        option
        for group in [element, *(element.get("option_groups") or [])]
        for option in group.get("options") or []
    ]
    if options:
        return _menu(element, options, name)
    return _line(element, name)


def _button(element: Json, action: str) -> str:
    label = text_of(element["text"])
    if "url" in element:
        return (
            f'<a class="button" href="{html.escape(element["url"])}" target="_blank" '
            f'rel="noopener noreferrer" {action}>{label}</a>'
        )
    confirm = element.get("confirm")
    ask = f' data-confirm="{text_of(confirm["text"])}"' if confirm else ""
    style = html.escape(element.get("style", ""))
    value = html.escape(str(element.get("value", "")))
    title = html.escape(element.get("accessibility_label", ""))
    kept = f'class="{style}" title="{title}" data-note="{value}"'
    return f"<button {kept} {action}{ask}>{label}</button>"


def _menu(element: Json, options: list[Json], name: str) -> str:
    initial = (element.get("initial_option") or {}).get("value")
    first = (
        "⋯" if element["type"] == "overflow" else text_of(element.get("placeholder")) or "Choose"
    )
    shown = [f'<option value="">{first}</option>'] + [
        f'<option value="{html.escape(option["value"])}"'
        f"{' selected' if option['value'] == initial else ''}>{text_of(option['text'])}</option>"
        for option in options
    ]
    return f"<select {name}>{''.join(shown)}</select>"


def _many(element: Json, name: str) -> str:
    initial = {option["value"] for option in element.get("initial_options") or []}
    return "".join(
        f'<label class="check"><input type="checkbox" data-many {name} '
        f'value="{html.escape(option["value"])}"'
        f"{' checked' if option['value'] in initial else ''}> {text_of(option['text'])}</label>"
        for option in element.get("options") or []
    )


def _line(element: Json, name: str) -> str:
    initial = next((str(value) for key, value in element.items() if key.startswith("initial_")), "")
    hint = text_of(element.get("placeholder"))
    if element.get("multiline"):
        return f'<textarea {name} rows="5" placeholder="{hint}">{html.escape(initial)}</textarea>'
    kind = _INPUT_TYPES.get(element["type"], "text")
    step = ' step="any"' if element.get("is_decimal_allowed") else ""
    return f'<input type="{kind}"{step} {name} value="{html.escape(initial)}" placeholder="{hint}">'
