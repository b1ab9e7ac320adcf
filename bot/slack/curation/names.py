"""The names of the forms, buttons and steps of curation."""

from __future__ import annotations

TASK = "curation"
ENTRY_FORM = "entry_form"
ENTRY_PREVIEW = "entry_preview"
SHORTCUT = "save_as_answer"

NEW = "entry_new"
EDIT = "entry_edit"
HISTORY = "entry_history"
UNDO = "entry_undo"
REVIEW = "draft_review"
DROP = "draft_drop"
REBASE = "draft_rebase"
ANSWER = "question_answer"
DISMISS = "question_dismiss"
