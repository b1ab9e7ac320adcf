"""A share of the peak to be judged: ``is 35 % MFU bad?``, ``MFU 35% 算低吗``."""

from __future__ import annotations

from bot.understanding.cues import Cues
from bot.understanding.lexicon import glue

_JUDGING = glue("judging")
_IN_CHINESE = tuple(word for word in _JUDGING if not word.isascii())
# Words that call something good or bad by themselves, unlike ``怎么算`` and ``行``.
_CALLING = _JUDGING - {"算", "行", "差"}
_CALLING_IN_CHINESE = tuple(word for word in _CALLING if not word.isascii())
_SHARES = frozenset(["mfu", "hfu"])
_MOST_STRANGE = 6


def share_judged(cues: Cues, calculator: str | None) -> float | None:
    """Return the percentage that a message asks a judgement of; None where it asks none.

    Only a share of the FLOPs is one: other utilisations (``nvidia-smi``) count other things.
    """
    share = cues.reading.facts.get("utilization_percent")
    calculated = calculator is not None and (cues.sized or calculator != "fit")
    if calculated or not isinstance(share, int | float) or cues.rated:
        return None
    words = {item.word for item in cues.reading.items}
    asked = cues.yes_or_no_asked or not words.isdisjoint(("how", "算"))
    spelled = "".join(item.word for item in cues.reading.items if not item.word.isascii())
    judging = not words.isdisjoint(_JUDGING) or any(word in spelled for word in _IN_CHINESE)
    if not asked or words.isdisjoint(_SHARES) or not judging:
        return None
    return float(share) if 0 < share <= 100 and cues.strange <= _MOST_STRANGE else None


def result_judged(cues: Cues, calculator: str | None) -> bool:
    """Whether a share of the peak that is calculated is to be judged: ``180 TFLOPS，算正常吗``."""
    if calculator not in ("utilization_flops", "utilization_throughput"):
        return False
    spelled = "".join(item.word for item in cues.reading.items if not item.word.isascii())
    called = not cues.reading.words.isdisjoint(_CALLING)
    return cues.yes_or_no_asked and (called or any(word in spelled for word in _CALLING_IN_CHINESE))
