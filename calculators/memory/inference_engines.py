"""What serving takes with an engine other than the one counted: lines beside the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calculators.memory.answers import in_bytes
from calculators.results import Convention
from calculators.text import Text

NOTICEABLE = 0.01
"""Share by which older code must raise the total to be worth a line."""

ONE_PASS = Text(
    "All prompts in one pass, as transformers generates",
    "所有提示一次通过（transformers 自带的 generate）",
)
ALL_LOGITS = Text(
    "With transformers before 4.45, which makes the logits of the whole prompt",
    "使用 4.45 之前的 transformers（计算整个提示的 logits）",
)
CACHE_ANEW = Text(
    "With transformers before 4.36, or a model's own code of that time, which makes the grown "
    "cache anew for each token",
    "使用 4.36 之前的 transformers 或当时模型自带的代码（每个 token 都重新生成整个缓存）",
)


@dataclass(frozen=True, slots=True)
class OlderTotals:
    """What serving takes with transformers before 4.45, and before 4.36, in bytes."""

    all_logits_bytes: int
    cache_anew_bytes: int


def other_engines(
    total_bytes: int, *, one_pass_bytes: int | None, older: OlderTotals | None
) -> tuple[Convention, ...]:
    """Return the totals of the engines that need another sum than ``total_bytes``, where known."""
    return tuple(_lines(total_bytes, one_pass_bytes, older))


def _lines(total: int, one_pass: int | None, older: OlderTotals | None) -> Iterator[Convention]:
    if one_pass is not None:
        yield _line(ONE_PASS, one_pass)
    if older is None:
        return
    if older.all_logits_bytes >= (1 + NOTICEABLE) * total:
        yield _line(ALL_LOGITS, older.all_logits_bytes)
    if older.cache_anew_bytes >= (1 + NOTICEABLE) * max(total, older.all_logits_bytes):
        yield _line(CACHE_ANEW, older.cache_anew_bytes)


def _line(engine: Text, total: int) -> Convention:
    return in_bytes(engine.en, engine.zh, total)
