"""Errors of the calculators.

CalculatorError                 base: every error carries a code and a bilingual sentence
├── InvalidRequest              a field is missing, malformed or out of range (``field`` names it)
│   └── MissingValue            a value that may not be assumed was not given
├── UnknownName                 no such model, card, format or formula (``nearest`` offers names)
├── UnsupportedArchitecture     a config.json whose architecture is not understood
├── ContradictoryRequest        two fields exclude each other
└── Unsolvable                  a formula has no solution for the unknown in its domain
"""

from __future__ import annotations

from calculators.text import Text


class CalculatorError(Exception):
    """Base of the calculators' errors; ``code`` is for scripts, ``text`` for people."""

    code = "calculator_error"

    def __init__(self, text: Text, *, field: str | None = None) -> None:
        super().__init__(text.en)
        self.text = text
        self.field = field


class InvalidRequest(CalculatorError):
    """A field is malformed or out of range."""

    code = "invalid_request"


class MissingValue(InvalidRequest):
    """A value that may not be assumed was not given; ``choices`` are words to say it with.

    They are examples that a reader of either language can type as they stand: ``A100 80GB``.
    """

    code = "missing_value"

    def __init__(self, text: Text, *, field: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(text, field=field)
        self.choices = choices


class UnknownName(CalculatorError):
    """A model, card, format or formula that the registry does not have."""

    code = "unknown_name"

    def __init__(self, text: Text, *, field: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(text, field=field)
        self.nearest = nearest


class UnsupportedArchitecture(CalculatorError):
    """A configuration whose architecture is not understood; never guessed."""

    code = "unsupported_architecture"


class ContradictoryRequest(CalculatorError):
    """Two fields exclude each other, or the layout cannot run."""

    code = "contradictory_request"


class Unsolvable(CalculatorError):
    """A formula has no solution for the unknown in its domain."""

    code = "unsolvable"
