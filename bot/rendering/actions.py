"""The names of everything clickable in an answer: shared by the renderer and the listeners."""

from __future__ import annotations

FEEDBACK = "answer_feedback"
FEEDBACK_GOOD = "answer_feedback_good"
FEEDBACK_BAD = "answer_feedback_bad"
SHARE = "answer_share"
ASK = "answer_ask"
CHANGE = "answer_change"
TRY = "answer_try"
