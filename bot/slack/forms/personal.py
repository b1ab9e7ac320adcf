"""The forms of the Home tab: a person's defaults, and a search through past answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.finding import lookup_of, moment_of
from bot.messages import say
from bot.question import Defaults, Language
from bot.slack.forms.modal import Block, View, modal, paragraph, plain
from calculators import CalculatorError, find_gpu
from knowledge.history import Wanted

DEFAULTS_FORM = "personal_defaults"
FIND_FORM = "personal_find"
VALUE = "value"
ANY = "any"
MOST_CARDS = 100_000
COUNTED = re.compile(r"(\d{1,6})\s*(?:[x×*✕]|张|块|卡|个)\s*(?!\s)(.+)", re.IGNORECASE)
KINDS = (ANY, "calculation", "faq", "clarify", "unknown")
SPANS = (ANY, "1d", "7d", "30d", "365d")
WHOSE = ("visible", "mine")


@dataclass(frozen=True, slots=True)
class Sought:
    """What the search form asks for; ``mine`` looks through one's own, private ones included."""

    words: str
    wanted: Wanted
    mine: bool


def defaults_form(
    chosen: Mapping[str, Any], language: Language, metadata: str = "", *, team: bool = False
) -> View:
    """Return the form of a person's defaults, filled in with what was chosen."""
    cards = Defaults.read(chosen)
    gpu = _line("gpu", "default_gpu", language, cards.gpu if cards else "", "H100 80GB")
    count: Block = {
        "type": "input",
        "block_id": "gpu_count",
        "optional": True,
        "label": plain(say("default_gpu_count", language)),
        "element": {
            "type": "number_input",
            "action_id": VALUE,
            "is_decimal_allowed": False,
            "min_value": "1",
            "max_value": str(MOST_CARDS),
        },
    }
    if cards is not None:
        count["element"]["initial_value"] = str(cards.gpu_count)
    spoken = str(chosen.get("language") or "auto")
    options = {key: _option(key, say(f"language_{key}", language)) for key in ("auto", "en", "zh")}
    blocks = [
        paragraph(say("defaults_why", language)),
        gpu,
        count,
        _menu("language", "default_language", options, spoken, language),
    ]
    if team:
        blocks.append(_team_tick(language))
    return modal(
        DEFAULTS_FORM,
        "defaults_title",
        blocks,
        language=language,
        submit="defaults_submit",
        metadata=metadata,
    )


def read_defaults(
    state: Mapping[str, Any], language: Language
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return (what was chosen, errors by field) of a submitted form of defaults."""
    chosen: dict[str, Any] = {}
    errors: dict[str, str] = {}
    name, count = _counted(_value(state, "gpu"), _value(state, "gpu_count"))
    if name:
        try:
            card = find_gpu(name)
        except CalculatorError as error:
            errors["gpu"] = error.text.in_(language)[:250]
        else:
            chosen["gpu"] = card.title.removeprefix("NVIDIA ")
    elif count and count != "1":
        errors["gpu"] = say("default_gpu_missing", language)
    if count:
        if not count.isdecimal() or not 1 <= int(count) <= MOST_CARDS:
            errors["gpu_count"] = say("default_count_bad", language, most=f"{MOST_CARDS:,}")
        elif name:
            chosen["gpu_count"] = int(count)
    spoken = _value(state, "language")
    if spoken in ("en", "zh"):
        chosen["language"] = spoken
    return chosen, errors


def _counted(name: str, count: str) -> tuple[str, str]:
    """Return the card and how many, where both were written in one: ``8×H800``, ``8 张 H800``.

    A number in the field of its own that says another one stands.
    """
    match = COUNTED.fullmatch(name)
    if match is None:
        return name, count
    return match[2], match[1] if count in ("", "1") else count


def find_form(language: Language) -> View:
    """Return the form that searches past answers."""
    kinds = {kind: _option(kind, say(f"find_kind_{kind}", language)) for kind in KINDS}
    spans = {span: _option(span, say(f"find_span_{span}", language)) for span in SPANS}
    whose = {one: _option(one, say(f"find_{one}", language)) for one in WHOSE}
    blocks = [
        _line("words", "find_words", language, "", "65B V100"),
        _menu("kind", "find_kind", kinds, ANY, language),
        _menu("since", "find_since", spans, ANY, language),
        _menu("whose", "find_whose", whose, "visible", language),
    ]
    return modal(FIND_FORM, "find_title", blocks, language=language, submit="button_find")


def read_find(state: Mapping[str, Any], user: str) -> Sought:
    """Return what a submitted search asks for; filters typed among the words count too."""
    typed = lookup_of(_value(state, "words"), user)
    kind, span = _value(state, "kind"), _value(state, "since")
    mine = _value(state, "whose") == "mine"
    wanted = typed.wanted
    if kind in KINDS[1:]:
        wanted = replace(wanted, kind=kind)
    if span in SPANS[1:]:
        wanted = replace(wanted, since=moment_of(span, datetime.now(UTC)))
    return Sought(typed.words, wanted, mine)


def ticked_for_team(state: Mapping[str, Any]) -> bool:
    """Return whether the defaults are to be the whole workspace's."""
    field = (state.get("values") or {}).get("team", {}).get(VALUE, {})
    return bool(field.get("selected_options"))


def _value(state: Mapping[str, Any], block_id: str) -> str:
    field = (state.get("values") or {}).get(block_id, {}).get(VALUE, {})
    option = field.get("selected_option")
    found = field.get("value") if option is None else option.get("value")
    return str(found or "").strip()


def _line(block_id: str, label: str, language: Language, text: str, example: str) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "max_length": 200,
        "placeholder": plain(example),
    }
    if text:
        element["initial_value"] = text
    return {
        "type": "input",
        "block_id": block_id,
        "optional": True,
        "label": plain(say(label, language)),
        "element": element,
    }


def _menu(
    block_id: str, label: str, options: Mapping[str, Block], chosen: str, language: Language
) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(say(label, language)),
        "element": {
            "type": "static_select",
            "action_id": VALUE,
            "options": list(options.values()),
            "initial_option": options.get(chosen, next(iter(options.values()))),
        },
    }


def _team_tick(language: Language) -> Block:
    tick: Sequence[Block] = [_option("team", say("default_team", language))]
    return {
        "type": "input",
        "block_id": "team",
        "optional": True,
        "label": plain(say("default_team_label", language)),
        "element": {"type": "checkboxes", "action_id": VALUE, "options": list(tick)},
    }


def _option(value: str, text: str) -> Block:
    return {"text": plain(text), "value": value}
