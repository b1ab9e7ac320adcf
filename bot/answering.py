"""``answer()``: the one path from a question to an answer, whatever face it came through."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bot.again import again
from bot.answer import Answer, Choice, Related, Scored
from bot.choosing import Chosen, choose, rule_entry, usual_entry
from bot.defaults import completed, said
from bot.explaining import explanation
from bot.finding import Lookup, found_answer, related_of
from bot.following import (
    MemoryThreads,
    Threads,
    asked_of_no_model,
    before,
    made_of,
    state_of,
    understood_in,
)
from bot.judging import UTILIZATION, verdict_on, verdict_on_result
from bot.labels import card_name, choice_of
from bot.messages import say, worded
from bot.phrases import asks_why, is_thanks
from bot.quantised import quantised
from bot.question import Language, Question
from bot.remarks import asked_difference, card_lines, comparisons, remarks, size_remarks
from bot.understanding import understand
from bot.understanding.language import language_in
from bot.understanding.traditional import simplified
from bot.understanding.understood import Problem, Understood
from bot.versions import standing
from calculators import CalculatorError, calculate, parse_request
from calculators.errors import MissingValue, UnknownName
from calculators.results import Calculation
from knowledge.errors import KnowledgeError
from knowledge.history import History, PastAnswer, Wanted
from knowledge.matching.port import Candidate, Ranker, Ranking
from knowledge.team import Known, TeamKnowledge
from knowledge.visibility import Place

__all__ = ["Answerer", "MemoryThreads", "Threads"]

READ_CHARACTERS = 8_000
SHOWN_CHARACTERS = 300
PASTE_ENTRIES = {
    "nvidia-smi": "gpu-model",
    "nvidia-smi-L": "gpu-model",
    "nvidia-smi-q": "gpu-model",
    "lspci": "gpu-model",
    "npu-smi": "gpu-model",
    "rocm-smi": "gpu-model",
    "dmon": "gpu-utilization",
    "gpustat": "gpu-utilization",
    "topo": "nvlink-topology",
    "nvlink": "nvlink-topology",
    "zero-estimate": "training-memory",
    "oom": "estimate-memory",
    "ds_report": "deepspeed-environment",
    "nvcc": "deepspeed-environment",
    "pip": "deepspeed-environment",
    "collect_env": "deepspeed-environment",
    "deviceQuery": "gpu-model",
    "flops-profiler": "training-flops",
    "profiler": "gpu-utilization-profiler",
    "training-log": "gpu-utilization-throughput",
    "serving-log": "inference-memory",
    "nccl-tests": "communication-overhead",
    "nccl-log": "nvlink-topology",
    "iftop": "network-speed",
    "iperf": "network-speed",
    "ethtool": "network-speed",
    "ibstat": "network-speed",
    "perftest": "network-speed",
    "config.json": "model-size",
}


class Answerer:
    """Answers questions; holds what is known, loaded once, and the stores.

    ``knowledge`` gives each workspace its own entries beside the built-in ones; left out, there are
    only these, ranked by ``ranker`` where one is given.
    ``history`` is None where nothing may be looked up or kept (``ask --batch``); recording is
    the caller's, since only it knows the question's durable id.
    """

    def __init__(
        self,
        *,
        ranker: Ranker | None = None,
        threads: Threads | None = None,
        history: History | None = None,
        knowledge: TeamKnowledge | None = None,
    ) -> None:
        make_ranker = None if ranker is None else lambda: ranker
        self._knowledge = knowledge or TeamKnowledge(make_ranker=make_ranker)
        self._threads = threads
        self._history = history

    def answer(self, question: Question) -> Answer:
        """Answer one question. Deterministic, and never raises for what a user wrote."""
        started = time.perf_counter()
        text = question.text[:READ_CHARACTERS]
        state = self._threads.thread(question.place) if self._threads else None
        if is_thanks(text):
            return _welcome(question, state)
        if asks_why(text) and (reason := self._why(question, state)) is not None:
            return reason
        understood = _understood(text) if state is None else understood_in(text, state)
        if question.language is not None:
            understood = replace(understood, language=question.language)
        understood, cards = completed(understood, question.defaults)
        known = self._known_in(question.place)
        ranking = known.ranker.rank(simplified(text))
        chosen = choose(understood, ranking)
        answer = self._answer_as(chosen, question, understood, ranking, known)
        if chosen.choice in ("calculation", "problem"):
            answer = self._follow(answer, question, understood, state)
        elif chosen.choice == "faq" and state is None:
            self._keep_asked(question, understood)
        caveats = answer.caveats
        if cards is not None and answer.calculation is not None:
            caveats = (said(cards, answer.language), *caveats)
        if len(question.text) > READ_CHARACTERS:
            limit = f"{READ_CHARACTERS:,}"
            caveats += (say("question_too_long", answer.language, limit=limit),)
        return replace(
            answer,
            id=question.id,
            caveats=caveats,
            ignored=understood.ignored,
            candidates=tuple(Scored(c.id, c.score) for c in ranking.candidates),
            explain=explanation(chosen, understood, ranking),
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def changed_since(self, past: PastAnswer) -> bool:
        """Return whether what a past answer rests on is known to be another one by now."""
        return standing(past, self._known_in(past.place)) == "changed"

    def again(self, past: PastAnswer, question: Question) -> Answer:
        """Answer again what a past answer was asked, with the formulas and entries of now.

        The caller has looked whether the asker may see the past answer.
        """
        return again(past, question, self._known_in(question.place))

    def _known_in(self, place: Place) -> Known:
        """Return what may be told in a place: nothing of the team's where others read along."""
        if place.kind == "external":
            return self._knowledge.built_in
        return self._knowledge.of(place.workspace)

    def _why(self, question: Question, state: Mapping[str, Any] | None) -> Answer | None:
        """Return what the calculation before is made of, with the entry of its rule."""
        result, calculator = (state or {}).get("result"), (state or {}).get("calculator")
        if state is None or not isinstance(result, Mapping) or not isinstance(calculator, str):
            return None
        language = question.language or language_in(question.text, state)
        known = self._known_in(question.place)
        blank = Answer(query=question.text, language=language, kind="faq", score=1.0)
        mode = (state.get("inputs") or {}).get("mode")
        answer = _with_entry(blank, known, usual_entry(calculator, mode))
        if answer.entry is None:
            return None
        return replace(answer, id=question.id, compared=tuple(made_of(result, language)))

    def _answer_as(
        self,
        chosen: Chosen,
        question: Question,
        understood: Understood,
        ranking: Ranking,
        known: Known,
    ) -> Answer:
        language = understood.language
        blank = Answer(
            query=question.text, language=language, kind="unknown", score=round(chosen.score, 4)
        )
        match chosen.choice:
            case "help":
                return replace(blank, kind="help", message=say("help", language))
            case "history":
                return self._past(blank, question, understood)
            case "diagnosis":
                return self._paste(blank, understood, known)
            case "problem":
                return _problem(blank, understood.problems[0])
            case "calculation":
                return self._calculate(blank, question, understood, ranking, known)
            case "faq":
                found = _with_entry(blank, known, ranking.candidates[0].id)
                return (
                    replace(found, kind="faq") if found.entry else self._unknown(blank, (), known)
                )
            case "judged" if understood.judged is not None:
                judged = replace(
                    blank, kind="faq", compared=(verdict_on(understood.judged, language),)
                )
                return _with_entry(judged, known, UTILIZATION)
            case "ambiguous":
                return self._ambiguous(blank, ranking, known)
            case _:
                return self._unknown(blank, ranking.candidates, known)

    def _calculate(
        self,
        blank: Answer,
        question: Question,
        understood: Understood,
        ranking: Ranking,
        known: Known,
    ) -> Answer:
        answer = replace(blank, inputs=understood.inputs, changed=understood.changed)
        answer = _with_entry(answer, known, rule_entry(understood, ranking))
        try:
            understood, tried = quantised(understood)
            request = parse_request(understood.request)
            calculation = calculate(request)
        except CalculatorError as error:
            return refused(answer, error)
        difference = asked_difference(understood, calculation)
        judged = verdict_on_result(calculation, understood.language, asked=understood.judges)
        compared = (*judged, *tried, *card_lines(understood), *comparisons(understood, calculation))
        return replace(
            answer,
            kind="calculation",
            calculation=calculation,
            difference=difference,
            compared=tuple(line for line in compared if line != difference),
            caveats=(*remarks(understood), *size_remarks(calculation, understood.language)),
            # The words of a follow-up are not its question: others asked them of something else.
            related=() if understood.follow_up else self._asked_before(question, calculation),
        )

    def _keep_asked(self, question: Question, understood: Understood) -> None:
        """Keep what an entry's question was about, where ``7b`` next would ask it of a model."""
        asked = asked_of_no_model(understood)
        if asked is not None and self._threads is not None:
            self._threads.keep_thread(question.place, state_of(asked, None))

    def _follow(
        self,
        answer: Answer,
        question: Question,
        understood: Understood,
        state: Mapping[str, Any] | None,
    ) -> Answer:
        """Keep this turn for the next one, and say what it changed in the one before."""
        calculation = answer.calculation
        if self._threads is not None:
            self._threads.keep_thread(question.place, state_of(understood, calculation, state))
        if calculation is None:
            return answer
        return replace(answer, before=before(understood, state, calculation))

    def _asked_before(self, question: Question, made: Calculation) -> tuple[Related, ...]:
        if self._history is None:
            return ()
        try:
            past = self._history.similar(question.text, question.viewer)
        except KnowledgeError:
            # A hint is not worth an answer; recording the answer will say what is wrong.
            return ()
        own = _folded(question.text)
        shown = [p for p in past if p.permalink or _folded(p.query) != own]
        unlike = {_folded(p.query): p for p in reversed(shown)}
        near = reversed(unlike.values())
        known = self._known_in(question.place)
        return tuple(
            related_of(one, changed=standing(one, known, made) == "changed") for one in near
        )

    def _past(self, blank: Answer, question: Question, understood: Understood) -> Answer:
        language = blank.language
        words = str(understood.inputs.get("words", "")).strip()
        if self._history is None:
            return replace(blank, kind="history", message=say("history_off", language))
        if not words:
            return replace(blank, kind="history", message=say("history_empty", language))
        found = self._history.search(words, question.viewer)
        lookup = Lookup(words, Wanted(), language)
        return found_answer(lookup, found, blank, self.changed_since)

    def _paste(self, blank: Answer, understood: Understood, known: Known) -> Answer:
        tool = str(understood.inputs.get("tool", ""))
        found = _with_entry(blank, known, PASTE_ENTRIES.get(tool))
        key = "diagnosis" if found.entry else "diagnosis_plain"
        message = say(key, blank.language, what=say(f"pasted_{tool}", blank.language))
        score = blank.score if found.entry else 0.0
        return replace(found, kind="diagnosis", message=message, score=score)

    def _ambiguous(self, blank: Answer, ranking: Ranking, known: Known) -> Answer:
        return replace(
            blank,
            kind="clarify",
            message=say("ambiguous", blank.language),
            choices=_titles(ranking.candidates[:2], known, blank.language),
        )

    def _unknown(self, blank: Answer, candidates: Sequence[Candidate], known: Known) -> Answer:
        return replace(
            blank,
            message=say("unknown", blank.language),
            choices=_titles(candidates[:3], known, blank.language),
        )


def _welcome(question: Question, state: Mapping[str, Any] | None) -> Answer:
    language = question.language or language_in(question.text, state)
    return Answer(
        query=question.text,
        language=language,
        kind="help",
        score=0.0,
        id=question.id,
        message=say("welcome", language),
    )


def _titles(
    candidates: Sequence[Candidate], known: Known, language: Language
) -> tuple[Choice, ...]:
    found = (known.find_entry(candidate.id) for candidate in candidates)
    titles = (entry.title.in_(language) for entry in found if entry is not None)
    return tuple(Choice(title, title) for title in titles)


def _with_entry(answer: Answer, known: Known, entry_id: str | None) -> Answer:
    """Return the answer resting on an entry as its asker's workspace has it, if there is one."""
    if entry_id is None:
        return answer
    version = known.version(entry_id)
    return replace(answer, entry=known.find_entry(entry_id), entry_version=version)


@lru_cache(maxsize=512)
def _understood(text: str) -> Understood:
    """Read a message that begins a conversation; channels ask the same again."""
    return understand(text)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _problem(answer: Answer, problem: Problem) -> Answer:
    language = answer.language
    shown = problem.text[:SHOWN_CHARACTERS]
    several_cards = problem.code == "ambiguous" and problem.field == "gpu"
    key = "problem_several_cards" if several_cards else f"problem_{problem.code}"
    choices = problem.choices[:5]
    if several_cards:
        choices = tuple(card_name(choice) for choice in choices)
        shown = " / ".join(choices)
    return replace(
        answer,
        kind="clarify",
        message=say(key, language, text=worded(shown, language)),
        choices=tuple(map(choice_of, choices)),
    )


def refused(answer: Answer, error: CalculatorError) -> Answer:
    """Turn a calculator's refusal into a question back, with the ways to give what it needs."""
    language = answer.language
    offered: tuple[str, ...] = ()
    if isinstance(error, MissingValue):
        offered = error.choices
    elif isinstance(error, UnknownName):
        offered = error.nearest
    return replace(
        answer,
        kind="clarify",
        message=worded(error.text.in_(language), language),
        choices=tuple(map(choice_of, offered[:5])),
    )
