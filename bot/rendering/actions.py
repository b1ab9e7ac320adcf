"""The names of everything clickable in an answer: shared by the renderer and the listeners."""

from __future__ import annotations

FEEDBACK = "answer_feedback"
FEEDBACK_GOOD = "answer_feedback_good"
FEEDBACK_BAD = "answer_feedback_bad"
SHARE = "answer_share"
ASK = "answer_ask"
AGAIN = "answer_again"
SAVE = "answer_save"
AGAIN_HERE = "home_again"
FIND_HERE = "home_find"
UNSAVE = "home_unsave"
DEFAULTS = "defaults_open"
CHANGE = "answer_change"
TRY = "answer_try"
WORKING = "answer_working"
