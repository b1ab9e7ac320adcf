"""Messages made to be slow: 40,000 characters of almost-matches, each beside a tenth of them.

What is read in linear time, or only up to a bound, costs at most some ten times its tenth; a
pattern that backtracks over all that follows costs a hundred times.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.timing import Times, measure, report

CHARACTERS = 40_000
PIECES = (
    *("--a ", "a=", '"a": {', "-c 1 ", "x(a=1,", "a: b\n", "--num_gpus "),
    *("|", "\n", "GPU0 ", "loss=1.0, ", "torch....", "0 - ", "12%|", "[1] "),
    *("能用4张V100训65B吗 ", "9", "llama-", "十", ".", "{", "10**", "<@", "1MiB / "),
    *("显存", "a1", "4x", "- ", "1.", "a-", "\ufdfa", "how much vram "),
)


def main() -> None:
    """Measure reading and ranking of each message against those of its tenth."""
    from bot.understanding import understand
    from knowledge.matching import default_ranker

    ranker = default_ranker()
    faces: dict[str, Callable[[str], object]] = {"read": understand, "ranked": ranker.rank}
    for verb, face in faces.items():
        for piece in PIECES:
            text = (piece * CHARACTERS)[:CHARACTERS]
            tenth = text[: CHARACTERS // 10]
            mine, other = measure(lambda: face(text), lambda: face(tenth), 3)  # noqa: B023
            print(f"{piece!r}, again and again, {verb}")
            report(Times("40,000 characters", mine), Times("4,000 characters", other))
