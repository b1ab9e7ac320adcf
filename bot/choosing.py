"""Which kind of answer a message gets: calculation, entry, question back, or "I don't know".

One place decides, from two readings: what :mod:`bot.understanding` read as numbers and intent,
and how sure the knowledge base's ranker is of its best entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.understanding.understood import Understood
from knowledge.matching.port import Ranking

CALCULATION_CONFIDENCE = 0.5
SURE = 0.95
SURELY_NONE = 0.8
"""From this chance of no entry on, whoever names a model not known here asks of other matters."""
BARE_SUMS = ("inference", "file_size")

Choice = Literal[
    "help",
    "history",
    "diagnosis",
    "problem",
    "calculation",
    "faq",
    "ambiguous",
    "unknown",
    "judged",
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The kind of answer, how sure it is, and the reason in one line for ``--explain``."""

    choice: Choice
    score: float
    reason: str


def choose(understood: Understood, ranking: Ranking) -> Chosen:
    """Choose the kind of answer; the order of the cases is the order of certainty."""
    special = _special(understood, ranking)
    if special is not None:
        return special
    if understood.judged is not None:
        return Chosen("judged", 1.0, "a share of the peak to be judged")
    numeric = understood.calculator is not None
    if numeric and understood.confidence >= CALCULATION_CONFIDENCE:
        if understood.problems:
            return _unusable(understood, ranking)
        if _asks_a_way(understood, ranking):
            return Chosen("faq", ranking.confidence, "a way to use a 65B model, not its size")
        return Chosen("calculation", understood.confidence, "a calculation with its numbers")
    by_entry = {"match": "faq", "ambiguous": "ambiguous", "unknown": None}[ranking.decision]
    if by_entry == "faq":
        return Chosen("faq", ranking.confidence, "an entry above the threshold")
    if by_entry == "ambiguous":
        return Chosen("ambiguous", ranking.confidence, "two entries are about equally likely")
    missing = numeric and any(
        p.code in ("missing", "unplaced") or (p.code == "ambiguous" and p.field == "model")
        for p in understood.problems
    )
    if understood.problems and (missing or understood.confidence >= CALCULATION_CONFIDENCE):
        return Chosen("problem", understood.confidence, "a name or number that is not usable")
    return Chosen("unknown", ranking.confidence, "no calculation and no entry above the threshold")


def _unusable(understood: Understood, ranking: Ranking) -> Chosen:
    """Choose where a calculation is asked for and what it needs is missing or makes no sense."""
    unlisted = any(problem.code == "unknown_gpu" for problem in understood.problems)
    if _sure_of_65b(ranking) and not unlisted:
        return Chosen("faq", ranking.confidence, "an entry that needs no more numbers")
    closed = any(problem.code == "unknown_model" for problem in understood.problems)
    if closed and ranking.none >= SURELY_NONE:
        return Chosen("unknown", ranking.confidence, "another matter, of a model not known here")
    return Chosen("problem", understood.confidence, "the numbers cannot be used as given")


def _asks_a_way(understood: Understood, ranking: Ranking) -> bool:
    """Whether a 65B model is named for what can be done with it: the entries about that are sure.

    The bare sum of its weights answers no such question.
    """
    bare = understood.calculator in BARE_SUMS
    return bare and _sure_of_65b(ranking) and _about_65b(understood)


def _sure_of_65b(ranking: Ranking) -> bool:
    best = ranking.candidates[0] if ranking.candidates else None
    if best is None or ranking.decision != "match":
        return False
    return best.id in ABOUT_65B and best.score >= SURE


def _special(understood: Understood, ranking: Ranking) -> Chosen | None:
    if understood.special in ("help", "greeting"):
        reason = "a greeting, an empty message or a call for help"
        return Chosen("help", ranking.confidence, reason)  # it answers no question
    if understood.special == "history":
        return Chosen("history", 1.0, "a look-up of past answers")
    if understood.special == "paste":
        return Chosen("diagnosis", 1.0, "pasted tool output")
    return None


RULE_ENTRIES: dict[str, tuple[str, ...]] = {
    "file_size": ("model-size",),
    "parameters": ("model-size",),
    "model_info": ("model-size",),
    "inference": ("inference-memory", "model-size"),
    "training": ("training-memory", "estimate-memory", "65b-on-little-vram"),
    "fit": (
        "training-memory",
        "inference-memory",
        "vicuna-65b-on-4xv100",
        "65b-on-little-vram",
        "estimate-memory",
    ),
    "max_batch": ("estimate-memory",),
    "max_context": ("estimate-memory", "inference-memory"),
    "max_params": ("estimate-memory", "training-memory", "inference-memory"),
    "min_gpus": ("training-memory", "inference-memory", "vicuna-65b-on-4xv100"),
    "kv_cache": ("inference-memory",),
    "activation": ("estimate-memory",),
    "optimizer_memory": ("estimate-memory", "training-memory"),
    "gradient_memory": ("estimate-memory", "training-memory"),
    "cuda_overhead": ("estimate-memory",),
    "utilization_flops": ("gpu-utilization-flops",),
    "utilization_throughput": ("gpu-utilization-throughput",),
    "throughput": ("gpu-utilization-throughput",),
    "training_time": ("training-flops",),
    "gpu_info": ("gpu-comparison",),
    "compare_gpu": ("gpu-comparison",),
    "dtype_bits": ("tf32-bits", "model-size"),
    "max_rank": ("65b-on-little-vram",),
    "plan": ("65b-on-little-vram", "training-memory", "vicuna-65b-on-4xv100"),
    "communication": ("communication-overhead",),
    "latency": ("inference-memory",),
}


def rule_entry(understood: Understood, ranking: Ranking) -> str | None:
    """Return the entry whose rule a calculation rests on.

    Several entries can be the rule of one calculator; the ranker says which was meant, and the
    mode (training or inference) settles it otherwise.
    """
    allowed = _entries(understood.calculator or "", understood.inputs.get("mode"))
    if not allowed:
        return None
    best = ranking.candidates[0] if ranking.candidates else None
    if best is not None and best.id == FLASH and _about_flash(understood):
        return FLASH
    if best is None or best.id not in allowed or best.score < 0.5:
        return allowed[0]
    return best.id if best.id not in ABOUT_65B or _about_65b(understood) else allowed[0]


def usual_entry(calculator: str, mode: object = None) -> str | None:
    """Return the entry whose rule a calculator rests on where no words say which is meant."""
    return next(iter(_entries(calculator, mode)), None)


def _entries(calculator: str, mode: object) -> list[str]:
    """Return the entries that can be the rule of a calculator, without those of another mode."""
    entries = RULE_ENTRIES.get(calculator, ())
    other = {"train": "inference-memory", "infer": "training-memory"}.get(str(mode))
    return [entry for entry in entries if entry != other] or list(entries)


ABOUT_65B = ("vicuna-65b-on-4xv100", "65b-on-little-vram")


# The entry that says what to do where flash-attention does not run.
FLASH = "vicuna-65b-on-4xv100"


def _about_flash(understood: Understood) -> bool:
    return str(understood.inputs.get("attribute")).startswith("flash_attention")


def _about_65b(understood: Understood) -> bool:
    """Return whether a calculation is about the FAQ's 65B cases: the size, or squeezing it in."""
    params = understood.inputs.get("params")
    near = isinstance(params, int | float) and 60e9 <= params <= 72e9
    squeezed = understood.inputs.get("method") in ("lora", "qlora")
    return near or squeezed
