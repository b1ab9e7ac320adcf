"""The ranker: evidence for each entry, a calibrated probability, and a decision."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.entries import Entry
from knowledge.matching import calibration
from knowledge.matching.evidence import Evidence, Witness
from knowledge.matching.model import Example, Model
from knowledge.matching.nearest import NearestSearch
from knowledge.matching.port import NONE, Candidate, Decision, Index, Ranking
from knowledge.matching.segments import segments
from knowledge.text import read, tokens

AMBIGUOUS_SHARE = 0.6
"""Below this share of the first two candidates' probability the first is not clearly ahead."""


class LearnedRanker:
    """Ranks with a trained model over an index; entries added later are ranked by nearness."""

    def __init__(self, model: Model, index: Index) -> None:
        """Use ``model`` over ``index``, which must hold the model's phrasings."""
        self._model = model
        self._index = index
        search = NearestSearch(index)
        self._witness = Witness(model.views, search, model.phrasings)
        self._trained = set(model.views[0].softmax.classes) - {NONE}
        self._removed: set[str] = set()

    def rank(self, query: str, limit: int = 5) -> Ranking:
        """Return the best ``limit`` entries for ``query``, and the decision."""
        threshold = self._model.threshold
        best: tuple[list[Candidate], str, Evidence] | None = None
        for part in segments(query):
            evidence = self._witness.gather(read(part))
            candidates = self._candidates(evidence, limit)
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
        return Ranking(tuple(candidates), candidates[0].score, decision, threshold, details)

    def add_entry(self, entry: Entry) -> None:
        """Add an entry, or replace the one with its id; it is found at once."""
        self.remove_entry(entry.id)
        self._index.add((entry.id, tokens(text)) for text in phrasings_of(entry))

    def remove_entry(self, entry_id: str) -> None:
        """Forget an entry; an unknown id does nothing."""
        self._index.remove(entry_id)
        self._trained.discard(entry_id)
        self._removed.add(entry_id)

    def _candidates(self, evidence: Evidence, limit: int) -> list[Candidate]:
        scores: dict[str, float] = {}
        trained = [name for name in evidence.order if name in self._trained]
        if trained:
            top = calibration.probability(self._model.trained, evidence.trained_inputs())
            first = evidence.chances[trained[0]] + 1e-9
            rest = 1 - top
            others = sum(evidence.chances[name] for name in trained[1:]) + evidence.none + 1e-9
            for name in trained[1:]:
                share = evidence.chances[name] / others
                scores[name] = min(rest * share, top * evidence.chances[name] / first, top)
            scores[trained[0]] = top
        for name in evidence.nearest.similarity:
            if name != NONE and name not in self._trained:
                inputs = evidence.fresh_inputs(name)
                scores[name] = calibration.probability(self._model.fresh, inputs)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [Candidate(name, score) for name, score in ranked]

    def _decide(self, candidates: list[Candidate]) -> Decision:
        threshold = self._model.threshold
        first = candidates[0].score
        if first >= threshold:
            return "match"
        second = candidates[1].score if len(candidates) > 1 else 0.0
        if first + second >= threshold and first < AMBIGUOUS_SHARE * (first + second):
            return "ambiguous"
        return "unknown"


def phrasings_of(entry: Entry) -> Iterable[str]:
    """Return the titles and the ways of asking of an entry, in both languages."""
    return (entry.title.en, entry.title.zh, *entry.ask.en, *entry.ask.zh)


def examples_of(entries: Iterable[Entry], negatives: Iterable[str]) -> list[Example]:
    """Return what a model is trained from."""
    examples = [Example(text, entry.id) for entry in entries for text in phrasings_of(entry)]
    return examples + [Example(text, NONE) for text in negatives]
