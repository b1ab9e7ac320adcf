"""Finds the entry that a message asks for, and knows when there is none."""

from knowledge.matching.builtin import build_ranker, default_ranker
from knowledge.matching.port import Candidate, Ranker, Ranking

__all__ = ["Candidate", "Ranker", "Ranking", "build_ranker", "default_ranker"]
