"""The ranker under test and the two baselines, each as a function from a text to a guess."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.eval.measures import Guess, best_threshold
from benchmarks.eval.sets import NONE, Asked
from knowledge.matching import softmax
from knowledge.matching.model import Example
from knowledge.matching.port import Ranker

Matcher = Callable[[str], Guess]


def ranker_matcher(ranker: Ranker) -> Matcher:
    """Return the ranker as a matcher; it answers when its decision is a match."""

    def match(text: str) -> Guess:
        ranking = ranker.rank(text)
        ids = tuple(candidate.id for candidate in ranking.candidates)
        return Guess(ids, ranking.confidence, ranking.decision == "match")

    return match


def answer_matcher() -> Matcher:
    """Return what people get in the end: the entry that the answer is or rests on.

    A calculation comes before the ranker's choice, and a question back is no answer.
    """
    from bot.answering import Answerer
    from bot.question import Question
    from bot.rendering import answer_json

    answerer = Answerer()

    def match(text: str) -> Guess:
        answer = answer_json(answerer.answer(Question(text=text)))
        ranked = [candidate["id"] for candidate in answer["candidates"]]
        answers = answer["kind"] in ("faq", "calculation", "history")
        first = [answer["entry_id"] or ""] if answers else []
        return Guess(tuple(first + ranked), answer["score"], answers)

    return match


def fts_matcher(examples: Sequence[Example]) -> Matcher:
    """Return SQLite's full text as it comes: default tokeniser, any word, BM25."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE phrasing USING fts5(entry UNINDEXED, text)")
    database.executemany(
        "INSERT INTO phrasing VALUES (?, ?)",
        ((example.entry_id, example.text) for example in examples if example.entry_id),
    )

    def match(text: str) -> Guess:
        words = re.findall(r"\w+", text)
        if not words:
            return Guess((), 0.0, False)
        rows = database.execute(
            "SELECT entry, -rank FROM phrasing WHERE phrasing MATCH ? ORDER BY rank LIMIT 50",
            (" OR ".join(f'"{word}"' for word in words),),
        ).fetchall()
        ids = tuple(dict.fromkeys(entry for entry, _ in rows))
        return Guess(ids, rows[0][1] if rows else 0.0, bool(rows))

    return match


def tfidf_matcher(examples: Sequence[Example]) -> tuple[str, Matcher]:
    """Return TF-IDF of characters with logistic regression, and whose it is.

    scikit-learn's where it is installed, else the same features with the project's own softmax.
    """
    texts = [example.text for example in examples]
    labels = [example.entry_id or NONE for example in examples]
    try:
        return "scikit-learn", _sklearn(texts, labels)
    except ImportError:
        return "own", _own(texts, labels)


def with_threshold(matcher: Matcher, questions: Sequence[Asked]) -> Matcher:
    """Return ``matcher`` answering from the confidence that is best on ``questions``."""
    threshold = best_threshold(questions, [matcher(asked.text) for asked in questions])

    def match(text: str) -> Guess:
        guess = matcher(text)
        return replace(guess, answers=guess.confidence >= threshold)

    return match


def _sklearn(texts: Sequence[str], labels: Sequence[str]) -> Matcher:
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-not-found]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]

    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    model = LogisticRegression(C=10, max_iter=300).fit(vectorizer.fit_transform(texts), labels)
    classes = list(model.classes_)

    def match(text: str) -> Guess:
        chances = model.predict_proba(vectorizer.transform([text]))[0]
        return _guess(classes, list(chances))

    return match


def _own(texts: Sequence[str], labels: Sequence[str]) -> Matcher:
    documents = [_characters(text) for text in texts]
    vocabulary = softmax.Vocabulary.of(documents)
    vectors = [vocabulary.vector(document) for document in documents]
    model = softmax.train(vectors, labels, len(vocabulary.idf))

    def match(text: str) -> Guess:
        scores = model.scores(vocabulary.vector(_characters(text)))
        return _guess(model.classes, softmax.probabilities(scores))

    return match


def _characters(text: str) -> list[str]:
    marked = f" {text.lower()} "
    return [marked[i : i + n] for n in range(1, 5) for i in range(len(marked) - n + 1)]


def _guess(classes: Sequence[str], chances: Sequence[float]) -> Guess:
    ranked = sorted(zip(chances, classes, strict=True), reverse=True)
    inside = [(chance, name) for chance, name in ranked if name != NONE]
    return Guess(tuple(name for _, name in inside), inside[0][0], ranked[0][1] != NONE)
