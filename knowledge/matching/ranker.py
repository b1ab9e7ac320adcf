"""The ranker: evidence for each entry, a calibrated probability, and a decision."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache

from knowledge.entries import Entry
from knowledge.matching import calibration
from knowledge.matching.evidence import Evidence, Witness
from knowledge.matching.exact import ExactWays, trained_in_these_words, with_certain
from knowledge.matching.model import Example, Model
from knowledge.matching.nearest import NearestSearch
from knowledge.matching.port import NONE, Candidate, Decision, Index, Ranking
from knowledge.matching.segments import segments
from knowledge.matching.terms import index_terms
from knowledge.matching.views import joint_chances
from knowledge.text import Reading, read

AMBIGUOUS_SHARE = 0.6
"""Below this share of the first two candidates' probability the first is not clearly ahead."""

LOOKED_AT = 40
"""Phrasings of an edited entry that are looked at to see whether it asks the same as before."""

KEPT = 512
"""Queries whose ranking is kept: channels ask the same again."""


class LearnedRanker:
    """Ranks with a trained model over an index; entries added later are ranked by nearness.

    Safe to use from several threads: a ranking sees each change of the entries whole or not at all,
    and every ranking that begins after a change has returned sees it.
    """

    def __init__(self, model: Model, index: Index) -> None:
        """Use ``model`` over ``index``, which must hold the model's phrasings."""
        self._model = model
        self._index = index
        self._search = NearestSearch(index)
        self._witness = Witness(model.views, self._search, model.phrasings)
        self._known = frozenset(model.views[0].softmax.classes) - {NONE}
        self._trained = set(self._known)
        self._new_ways: dict[str, frozenset[frozenset[str]]] = {}
        self._exact = ExactWays()
        self._lock = threading.Lock()
        # Filled and emptied under the lock alone: it never outlives a change of the entries.
        self._kept = lru_cache(KEPT)(self._rank)

    def rank(self, query: str, limit: int = 5) -> Ranking:
        """Return the best ``limit`` entries for ``query``, and the decision."""
        with self._lock:
            return self._kept(query, limit)

    def _rank(self, query: str, limit: int) -> Ranking:
        threshold = self._model.threshold
        best: tuple[list[Candidate], str, Evidence] | None = None
        for part in self._parts(query):
            reading = read(part)
            evidence = self._witness.gather(reading, self._trained)
            candidates = self._candidates(evidence, limit)
            certain = self._exact.find(reading) or trained_in_these_words(evidence)
            if certain:
                candidates = with_certain(certain, candidates, limit)
            if candidates and (best is None or candidates[0].score > best[0][0].score):
                best = (candidates, part, evidence)
            if best is not None and best[0][0].score >= threshold:
                break  # the whole, or the earliest sentence, that is sure enough
        if best is None:
            return Ranking((), 0.0, "unknown", threshold)
        candidates, part, evidence = best
        details = {
            "segment": part,
            "no_entry": evidence.none,
            "unknown_terms": evidence.nearest.unknown,
            "nearest": dict(evidence.nearest.similarity),
        }
        decision = self._decide(candidates)
        confidence = candidates[0].score
        return Ranking(
            tuple(candidates), confidence, decision, threshold, details, none=evidence.none
        )

    def _parts(self, query: str) -> list[str]:
        """Return what to look at: alone what asks in an added entry's own words, if any does."""
        parts = segments(query)
        if self._exact:
            return next(([part] for part in parts if self._exact.find(read(part))), parts)
        return parts

    def add_entry(self, entry: Entry) -> None:
        """Add an entry, or replace the one with its id; it is found at once."""
        self.replace_entry(entry)

    def replace_entry(self, entry: Entry) -> None:
        """Put ``entry`` in the place of the one with its id, in one step.

        A built-in entry that still asks what it asked keeps what the model has learned about it.
        """
        readings = [read(text) for text in phrasings_of(entry)]
        same = self._still_asks(entry.id, readings)
        phrasings = [(entry.id, index_terms(reading)) for reading in readings]
        with self._lock:
            self._forget(entry.id)
            self._index.add(phrasings)
            self._exact.add(entry.id, readings)
            if same:
                self._trained.add(entry.id)
                self._new_ways[entry.id] = frozenset(frozenset(terms) for _, terms in phrasings) - {
                    frozenset(self._model.phrasings[row][1])
                    for row in self._model.phrasings.rows_of_entry(entry.id)
                }

    def remove_entry(self, entry_id: str) -> None:
        """Forget an entry; an unknown id does nothing."""
        with self._lock:
            self._forget(entry_id)

    def _forget(self, entry_id: str) -> None:
        self._index.remove(entry_id)
        self._exact.remove(entry_id)
        self._search.forget()
        self._kept.cache_clear()
        self._trained.discard(entry_id)
        self._new_ways.pop(entry_id, None)

    def _still_asks(self, entry_id: str, readings: Sequence[Reading]) -> bool:
        """Whether the model takes most of the phrasings for those of ``entry_id``."""
        if entry_id not in self._known:
            return False
        asked = readings[:: 1 + len(readings) // LOOKED_AT]
        likeliest = [_likeliest(joint_chances(self._model.views, reading)) for reading in asked]
        return likeliest.count(entry_id) * 2 > len(likeliest)

    def _candidates(self, evidence: Evidence, limit: int) -> list[Candidate]:
        scores: dict[str, float] = {}
        trained = evidence.order
        if trained:
            top = calibration.probability(self._model.trained, evidence.trained_inputs())
            first = evidence.chances[trained[0]] + 1e-9
            rest = 1 - top
            others = sum(evidence.chances[name] for name in trained[1:]) + evidence.none + 1e-9
            for name in trained[1:]:
                share = evidence.chances[name] / others
                scores[name] = min(rest * share, top * evidence.chances[name] / first, top)
            scores[trained[0]] = top
        fresh = self._fresh_scores(evidence)
        similar = evidence.nearest.similarity
        for name, score in fresh.items():
            nearer = trained and similar[name] > similar.get(trained[0], 0.0)
            if nearer and name not in self._trained and score >= self._model.threshold:
                for known in trained:  # they have not learned that it is there
                    scores[known] = min(scores[known], 1 - score)
        for name, score in fresh.items():
            scores[name] = max(score, scores.get(name, 0.0))
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [Candidate(name, score) for name, score in ranked]

    def _fresh_scores(self, evidence: Evidence) -> dict[str, float]:
        """Return the probability by nearness of each entry that is near by a way not trained on."""
        nearest = evidence.nearest
        return {
            name: calibration.probability(self._model.fresh, evidence.fresh_inputs(name))
            for name, terms in nearest.phrasing.items()
            if name != NONE
            and (name not in self._trained or terms in self._new_ways.get(name, ()))
            and nearest.by_entry[name].matter  # "how do I get a …" alone is no sign of any entry
        }

    def _decide(self, candidates: list[Candidate]) -> Decision:
        threshold = self._model.threshold
        first = candidates[0].score
        if first >= threshold:
            return "match"
        second = candidates[1].score if len(candidates) > 1 else 0.0
        if first + second >= threshold and first < AMBIGUOUS_SHARE * (first + second):
            return "ambiguous"
        return "unknown"


def _likeliest(chances: dict[str, float]) -> str:
    return max(chances, key=lambda name: (chances[name], name))


def phrasings_of(entry: Entry) -> Iterable[str]:
    """Return the titles and the ways of asking of an entry, in both languages."""
    return (entry.title.en, entry.title.zh, *entry.ask.en, *entry.ask.zh)


def examples_of(entries: Iterable[Entry], negatives: Iterable[str]) -> list[Example]:
    """Return what a model is trained from."""
    examples = [Example(text, entry.id) for entry in entries for text in phrasings_of(entry)]
    return examples + [Example(text, NONE) for text in negatives]
