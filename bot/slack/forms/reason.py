"""The form that asks why an answer did not help: a choice of reasons, and words of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.messages import say
from bot.question import Language
from bot.slack.forms.inputs import VALUE, option
from bot.slack.forms.modal import View, modal, plain

REASON = "form_reason"
KIND, WORDS = "reason", "words"
REASONS = ("wrong_number", "misread", "missing", "unclear", "outdated", "other")
WORDS_CHARACTERS = 1_000


def reason_form(answer_id: str, channel: str, language: Language) -> View:
    """Return the form for an answer that was clicked as not helpful."""
    options = [option(reason, say(f"reason_{reason}", language)) for reason in REASONS]
    return modal(
        REASON,
        "form_reason_title",
        [
            {
                "type": "input",
                "block_id": KIND,
                "label": plain(say("form_reason_kind", language)),
                "element": {
                    "type": "static_select",
                    "action_id": VALUE,
                    "placeholder": plain(say("form_choose", language)),
                    "options": options,
                },
            },
            {
                "type": "input",
                "block_id": WORDS,
                "optional": True,
                "label": plain(say("form_reason_words", language)),
                "hint": plain(say("form_reason_hint", language), 150),
                "element": {
                    "type": "plain_text_input",
                    "action_id": VALUE,
                    "multiline": True,
                    "max_length": WORDS_CHARACTERS,
                },
            },
        ],
        language=language,
        submit="form_send",
        metadata=json.dumps({"answer": answer_id, "channel": channel}),
    )


def reason_of(given: Mapping[str, str]) -> str:
    """Return what is stored: the reason's name, and what was written."""
    kind = given.get(KIND, "")
    kind = kind if kind in REASONS else "other"
    words = given.get(WORDS, "")[:WORDS_CHARACTERS]
    return f"{kind}: {words}" if words else kind
