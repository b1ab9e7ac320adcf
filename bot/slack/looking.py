"""Past answers in Slack: looked for by words and filters, and asked again."""

from __future__ import annotations

from dataclasses import replace

from bot.answer import Answer
from bot.finding import found_answer, lookup_of
from bot.messages import say
from bot.question import Question
from bot.slack.asked import Asked
from bot.slack.identity import Identity
from bot.slack.kit import Kit
from bot.slack.policy import policy_line
from bot.slack.tastes import chosen_language, defaults_of, language_for, tastes_of
from knowledge.history import PastAnswer

FOUND = 5


def found(kit: Kit, question: Question, words: str) -> Answer:
    """Return the past answers with these words and filters that the asker may see from here."""
    place = question.place
    language = language_for(kit.store, place.workspace, question.asker, question.text)
    lookup = lookup_of(words, question.asker, language=language)
    blank = _blank(question, lookup.language)
    if lookup.empty or lookup.fault is not None:
        return found_answer(lookup, (), blank)
    past = kit.store.search(lookup.words, question.viewer, FOUND, lookup.wanted)
    return found_answer(lookup, past, blank, kit.answerer.changed_since)


def asked_again(kit: Kit, asked: Asked, question: Question) -> tuple[Question, Answer]:
    """Return the question of a past answer and its answer of now.

    Whether the asker may see it from here is looked at now, whatever the button says.
    """
    assert asked.again is not None
    past: PastAnswer | None = kit.store.get(asked.again, question.viewer)
    if past is None:
        tastes = tastes_of(kit.store, asked.workspace, asked.user)
        message = say("answer_gone", chosen_language(tastes) or "en")
        return question, replace(_blank(question), message=message)
    question = replace(question, text=past.query)
    return question, kit.answerer.again(past, question)


def as_preferred(kit: Kit, question: Question) -> Question:
    """Return a question with what its asker chose: default cards, a language for bare numbers.

    Whose cards they are is nothing to tell where another company reads along.
    """
    tastes = tastes_of(kit.store, question.place.workspace, question.asker)
    if not tastes:
        return question
    language = None if any(char.isalpha() for char in question.text) else chosen_language(tastes)
    defaults = None if question.place.kind == "external" else defaults_of(tastes)
    return replace(question, defaults=defaults, language=question.language or language)


def with_policy(kit: Kit, identity: Identity, answer: Answer, question: Question) -> Answer:
    """Add to the help when the bot answers in this channel, and how to change that."""
    place = question.place
    line = policy_line(kit.store, identity, place.channel, place.kind, answer.language)
    more = say("help_commands", answer.language)
    return replace(answer, caveats=(*answer.caveats, line, more))


def _blank(question: Question, language: str = "en") -> Answer:
    return Answer(
        query=question.text,
        language="zh" if language == "zh" else "en",
        kind="history",
        score=1.0,
        id=question.id,
    )
