"""The form of an entry: an entry as fields, and fields as an entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, get_args

from bot.messages import say
from bot.question import Language
from bot.slack.curation.metadata import Carried
from bot.slack.curation.names import ENTRY_FORM
from bot.slack.forms.inputs import OPEN, VALUE
from bot.slack.forms.modal import Block, View, modal, paragraph, plain
from calculators.requests import CalculatorName
from knowledge.check import Problem
from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.faq_document import slug
from knowledge.writing import tidy

MOST = 3_000
"""The characters that Slack lets one input hold."""
SHORTER = {"title_en": 200, "title_zh": 200, "entry_id": 60, "tags": 500}
ERROR_CHARACTERS = 250
TEXTS = (
    ("title_en", False),
    ("title_zh", False),
    ("ask_en", True),
    ("ask_zh", True),
    ("body_en", True),
    ("body_zh", True),
    ("tags", False),
    ("sources", True),
)
CALCULATORS: tuple[str, ...] = get_args(CalculatorName)
REPLACES, LATER = "replaces", "later"


def entry_form(
    carried: Carried,
    entry: Entry,
    notes: Iterable[str] = (),
    *,
    replaces: bool = False,
) -> View | None:
    """Return the form filled in with ``entry``; None when a text is too long for Slack's inputs."""
    texts = fields_of(entry)
    metadata = carried.as_metadata()
    if too_long(entry) or len(metadata) > MOST:
        return None
    language = carried.language
    blocks: list[Block] = [paragraph(note) for note in notes]
    if not carried.entry_id:
        blocks.append(_line("entry_id", entry.id, language))
    blocks += [_text(name, texts[name], language, long=long) for name, long in TEXTS]
    blocks.insert(-1, _calculator(entry.calculator, language))
    offered = [] if carried.entry_id else [REPLACES]
    blocks.append(_ticks([*offered, LATER], [REPLACES] if replaces else [], language))
    title = "entry_edit_title" if carried.entry_id else "entry_new_title"
    return modal(
        ENTRY_FORM,
        title,
        blocks,
        language=language,
        submit="entry_preview",
        metadata=metadata,
    )


def too_long(entry: Entry) -> int | None:
    """Return the limit of the first field that does not hold its text, None when all do."""
    texts = {"entry_id": entry.id, **fields_of(entry)}
    limits = {name: SHORTER.get(name, MOST) for name in texts}
    return next((limits[name] for name, text in texts.items() if len(text) > limits[name]), None)


def fields_of(entry: Entry) -> dict[str, str]:
    """Return an entry's texts by field, as the form shows them."""
    sources = (
        f"{one.title} | {one.locator}" if one.locator else one.title for one in entry.sources
    )
    return {
        "title_en": entry.title.en,
        "title_zh": entry.title.zh,
        "ask_en": "\n".join(entry.ask.en),
        "ask_zh": "\n".join(entry.ask.zh),
        "body_en": entry.body.en,
        "body_zh": entry.body.zh,
        "tags": ", ".join(entry.tags),
        "sources": "\n".join(sources),
    }


def entry_of(view: Mapping[str, Any], carried: Carried, reviewed: date) -> Entry:
    """Read a submitted form; whatever it holds, the entry may still fail the checks."""
    given = _given(view)
    title_en = given.get("title_en", "")
    calculator = given.get("calculator", "")
    entry = Entry(
        id=carried.entry_id or given.get("entry_id", "") or slug(title_en) or "untitled",
        title=Bilingual(en=title_en, zh=given.get("title_zh", "")),
        ask=Ways(en=_lines(given, "ask_en"), zh=_lines(given, "ask_zh")),
        tags=tuple(given.get("tags", "").replace("，", ",").split(",")),
        calculator=calculator or None,
        related=carried.related,
        sources=tuple(_source(line) for line in _lines(given, "sources") if line.strip()),
        reviewed=reviewed,
        body=Bilingual(en=given.get("body_en", ""), zh=given.get("body_zh", "")),
    )
    return tidy(entry)


def ticked(view: Mapping[str, Any]) -> frozenset[str]:
    """Return which boxes of the form are ticked."""
    block = ((view.get("state") or {}).get("values") or {}).get("options") or {}
    return frozenset(
        str(option["value"])
        for entered in block.values()
        for option in entered.get("selected_options") or []
    )


def errors_of(problems: Sequence[Problem], carried: Carried, language: Language) -> dict[str, str]:
    """Return the sentences to show at the form's fields, the first of each field."""
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(_block_of(problem.field, carried), []).append(
            problem.message.in_(language)
        )
    return {block: _cut("; ".join(said)) for block, said in errors.items()}


def _block_of(field: str, carried: Carried) -> str:
    block = field.replace(".", "_")
    if block == "id":
        return "title_en" if carried.entry_id else "entry_id"
    known = {name for name, _ in TEXTS} | {"calculator"}
    return block if block in known else "body_en"


def _cut(text: str) -> str:
    return text if len(text) <= ERROR_CHARACTERS else text[: ERROR_CHARACTERS - 1] + "…"


def _given(view: Mapping[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for block_id, actions in ((view.get("state") or {}).get("values") or {}).items():
        for entered in actions.values():
            chosen = (entered.get("selected_option") or {}).get("value")
            text = str(chosen or entered.get("value") or "")
            values[block_id] = "" if text == OPEN else text
    return values


def _lines(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(given.get(name, "").splitlines())


def _source(line: str) -> EntrySource:
    title, _, locator = line.replace("｜", "|").rpartition("|")
    if not title:
        return EntrySource(title=line.strip())
    return EntrySource(title=title.strip(), locator=locator.strip())


def _line(name: str, text: str, language: Language) -> Block:
    return _text(name, text, language, long=False)


def _text(name: str, text: str, language: Language, *, long: bool) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "multiline": long,
        "max_length": SHORTER.get(name, MOST),
    }
    if text:
        element["initial_value"] = text
    return {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": plain(say(f"entry_{name}", language)),
        "hint": plain(say(f"entry_{name}_hint", language), 150),
        "element": element,
    }


def _calculator(chosen: str | None, language: Language) -> Block:
    offered = (
        (OPEN, *CALCULATORS) if chosen in (None, *CALCULATORS) else (OPEN, chosen, *CALCULATORS)
    )
    options = {
        name: {
            "text": plain(say("entry_no_calculator", language) if name == OPEN else str(name)),
            "value": str(name),
        }
        for name in offered
    }
    return {
        "type": "input",
        "block_id": "calculator",
        "optional": True,
        "label": plain(say("entry_calculator", language)),
        "element": {
            "type": "static_select",
            "action_id": VALUE,
            "options": list(options.values()),
            "initial_option": options[chosen or OPEN],
        },
    }


def _ticks(offered: Sequence[str], ticked: Sequence[str], language: Language) -> Block:
    options = {
        name: {"text": plain(say(f"entry_tick_{name}", language)), "value": name}
        for name in offered
    }
    element: Block = {
        "type": "checkboxes",
        "action_id": VALUE,
        "options": list(options.values()),
    }
    chosen = [options[name] for name in ticked if name in options]
    if chosen:
        element["initial_options"] = chosen
    return {
        "type": "input",
        "block_id": "options",
        "optional": True,
        "label": plain(say("entry_options", language)),
        "element": element,
    }
