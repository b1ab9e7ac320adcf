"""What an answer remarks beside its calculation: names not known, other values weighed."""

from __future__ import annotations

from collections.abc import Iterator

from bot.messages import say, worded
from bot.understanding.understood import Understood
from calculators import CalculatorError, calculate, parse_request


def remarks(understood: Understood) -> Iterator[str]:
    """Yield a sentence for each unknown model's name and each value that was weighed."""
    language = understood.language
    for name in understood.unlisted:
        yield say("unlisted", language, name=worded(name, language))
    for other in understood.compared:
        try:
            found = calculate(parse_request(other.request))
        except CalculatorError as error:
            reason = worded(error.text.in_(language), language)
            yield say("compared_not", language, value=other.text, reason=reason)
        else:
            headline = found.headline.in_(language)
            yield say("compared", language, value=other.text, headline=headline)
