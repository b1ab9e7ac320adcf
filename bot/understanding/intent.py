"""Which calculator a message asks for: ordered rules over its cues, most specific first."""

from __future__ import annotations

from collections.abc import Callable

from bot.understanding import (
    comparing,
    counting,
    largest,
    objects,
    quantising,
    runs,
    saving,
    serving,
    speeds,
)
from bot.understanding.asked import WEAK, Intent
from bot.understanding.asked import nothing as _none
from bot.understanding.cues import Cues
from bot.understanding.dimensions import dimension_asked
from bot.understanding.lacking import only_family, only_model_missing
from bot.understanding.parameters import parameters_asked
from bot.understanding.sets import weighed_sets

__all__ = ["WEAK", "Intent", "decide"]

_MOST_STRANGE = 5
_LONG_TIMES = ("hour", "day", "week", "month")
_SHORT = 5
# Characters that no list knows (an English word counts two) beyond which cards are only mentioned.
_STRANGE = 2


Rule = Callable[[Cues], Intent | None]


def _general(cues: Cues) -> Intent | None:
    """Questions about the rule itself, reasons, and advice: never a calculation."""
    if cues.topic("generic") and not cues.sized:
        return _none(0.1)
    if cues.open("global_batch") and cues.fact("micro_batch") and not cues.memory_asked:
        return _none(0.3)  # a product of what is said, which nothing here calculates
    if cues.knowledge("why") or objects.asks_for_data(cues):
        return _none()
    if cues.topic("plan") and not cues.hardware and not cues.asks:
        return _none()
    counted = cues.ask("min", "count") or cues.memory_asked or objects.asks_number(cues)
    if cues.knowledge("scarce") and not cues.hardware and not counted:
        return _none(0.3)
    if cues.knowledge("remedy"):
        return Intent("plan", 0.6) if cues.sized and cues.hardware else _none()
    concrete = cues.sized or cues.hardware or cues.rated or cues.fact("tflops_gpu", "quantity")
    if cues.knowledge("how_see", "what_is") and not concrete and not cues.fact("dtype"):
        return _none()
    timed = cues.ask("time") or cues.reading.says("unit", *_LONG_TIMES)
    if timed and cues.sized and cues.fact("total_tokens"):
        return None
    if cues.sized and cues.hardware and objects.asks_plan(cues):
        return None
    if cues.knowledge("advice"):
        return _advice(cues)
    return None


def _advice(cues: Cues) -> Intent | None:
    """Tell advice from a calculation that only uses one of its words: ``what do … cost``."""
    part = cues.sized and objects.part_of(cues) is not None
    if not (cues.topic("memory", "file") or cues.hardware or cues.rated or part):
        return _none()
    told = cues.ask("fit", "count", "max") or cues.topic("memory") or part
    return None if told or cues.rated else _none()


def _convert(cues: Cues) -> Intent | None:
    return Intent("convert", 0.9) if cues.fact("to_unit") else None


def _dtype_bits(cues: Cues) -> Intent | None:
    if cues.reading.says("format_part"):
        return _none(0.3) if cues.ask("bits", "how_much", "count") and not cues.sized else None
    if len(cues.reading.facts.get("formats", ())) > 1:
        if not cues.ask("bits") or cues.sized:
            return None
        return Intent("dtype_bits", 0.85 if cues.reading.says("weighing", "whole") else 0.45)
    if cues.topic("file") or (cues.topic("weights") and not objects.names_bits(cues)):
        return None
    if not cues.fact("dtype") or cues.own_sized or cues.reading.cards or cues.fact("gpu_count"):
        return None
    if cues.topic("memory", "utilization", "support") or cues.fact("batch", "seq"):
        return None
    if cues.ask("bits") and not cues.fact("optimizer", "method"):
        return Intent("dtype_bits", 0.85)
    return None


def _time(cues: Cues) -> Intent | None:
    unit_asked = cues.fact("total_tokens") and cues.reading.says("unit", *_LONG_TIMES)
    asked = cues.ask("time") and (cues.question_mark or not _is_over(cues))
    if not (unit_asked or asked or counting.asks_card_time(cues)):
        return Intent("training_time", 0.7) if _run_described(cues) else None
    if cues.topic("latency") or serving.asks_reply_time(cues):
        return None
    if cues.topic("communication") and cues.sized and not cues.fact("total_tokens"):
        return None
    sequence = cues.open("seq") or (cues.open("sequences") and cues.ask("max"))
    if (sequence or cues.memory_asked) and not cues.fact("total_tokens"):
        return None
    cards = cues.reading.cards or cues.fact("gpu_count") or cues.before
    bare = cues.question_mark and cues.terse and not cues.strange
    if cues.fact("total_tokens") or (cues.sized and (cues.trains or cards or bare)):
        return Intent("training_time", 0.85)
    return None


def _is_over(cues: Cues) -> bool:
    """Whether all that speaks of time says that something is over: ``终于训完了``."""
    told = cues.reading.tagged("ask", "time")
    after = [cues.reading.at(index + 1) for index in told]
    return all(item is not None and item.word == "了" for item in after)


def _run_described(cues: Cues) -> bool:
    """Whether a whole run is named: ``train 7B on 1T tokens on 1024 H100 at 40% MFU``."""
    if not (cues.fact("total_tokens") and cues.own_sized and cues.hardware_said):
        return False
    if not (cues.trains or cues.fact("utilization_percent")):
        return False
    share = cues.topic("utilization") and not cues.fact("utilization_percent")
    other = share or cues.memory_asked or cues.topic("communication", "throughput", "plan")
    return not other and cues.strange <= _STRANGE and not cues.ask("count", "max", "fit")


def _plan(cues: Cues) -> Intent | None:
    if objects.asks_plan(cues) and cues.sized and cues.hardware:
        return Intent("plan", 0.8)
    return None


def _count(cues: Cues) -> Intent | None:
    if not counting.asks_count(cues):
        return None
    if cues.sized:
        return Intent("min_gpus", 0.9)
    wanted = (
        objects.asks_need(cues)
        or cues.ask("fit")
        or cues.terse
        or (cues.question_mark and cues.words <= 6)
        or counting.counts_what_is_needed(cues)
    )
    return Intent("min_gpus", 0.75) if wanted and only_model_missing(cues) else None


def _largest(cues: Cues) -> Intent | None:
    found = largest.largest_of(cues)
    if found is None:
        return None
    if found == "max_context" and any(item.is_kind("time") for item in cues.reading.items):
        return _none(0.3)  # tokens of a day are no context
    enough = cues.sized and not only_family(cues) if found != "max_params" else cues.hardware
    if not cues.sized and found in ("max_batch", "max_context") and cues.reading.cards:
        recipe = cues.fact("dtype", "method", "optimizer")
        return Intent(found, WEAK if recipe else 0.6) if only_model_missing(cues) else None
    if found == "max_context" and enough and not cues.hardware:
        return None if cues.topic("support") else Intent(found, 0.6)
    return Intent(found, 0.85) if enough else None


def _fit(cues: Cues) -> Intent | None:
    trained = cues.question_mark and cues.words <= _SHORT and cues.reading.says("mode", "train")
    if not cues.sized and (cues.ask("fit") or trained) and cues.yes_or_no_asked:
        return _fit_of_what(cues)
    if cues.ask("fit") and only_family(cues):
        return Intent("fit", WEAK) if cues.reading.cards and cues.strange <= 1 else None
    if not cues.sized or not cues.ask("fit"):
        return None
    used = cues.reading.says("mode", "train", "infer")
    if cues.topic("file") and not cues.reading.cards and not used:
        return None
    if objects.asks_amount(cues) and not cues.hardware:
        return None
    if cues.hardware:
        how_much = objects.asks_amount(cues) and cues.topic("memory")
        return None if how_much and not objects.asks_enough(cues) else Intent("fit", 0.9)
    if objects.part_of(cues) or cues.knowledge("how_see"):
        return None
    if _fit_on_what(cues):
        return Intent("fit", 0.7)
    return None if cues.topic("memory") else Intent("fit", WEAK)


def _fit_on_what(cues: Cues) -> bool:
    """Whether it is ``can I train 7B?``: a verdict on a model, the card left out."""
    if not cues.yes_or_no_asked or cues.strange > _STRANGE or cues.unexplained:
        return False
    if cues.knowledge("what_is", "why", "advice", "remedy", "scarce") or cues.topic("generic"):
        return False
    if cues.topic("memory") and objects.asks_amount(cues):
        return False
    if cues.fact("method") and objects.asks_feasible(cues):
        return False
    return cues.reading.says("mode") or objects.asks_enough(cues)


def _fit_of_what(cues: Cues) -> Intent | None:
    """Return the intent of ``does it fit on a 4090?``: a verdict, the model left out."""
    card = bool(cues.reading.cards) or cues.fact("unknown_card", "gpu_memory_bytes")
    named = cues.reading.facts.get("attribute", "memory") != "memory" or cues.fact("total_tokens")
    card = card or (cues.fact("gpu_count") and not cues.strange)
    if not card or named or not only_model_missing(cues) or len(cues.reading.cards) > 1:
        return None
    return Intent("fit", 0.7)


def _part(cues: Cues) -> Intent | None:
    part = objects.part_of(cues)
    if part is None and objects.asks_master(cues):
        return Intent("file_size", 0.8, {"dtype": "fp32"})
    if part is None or (only_family(cues) and not cues.ask("how_much")):
        return None
    if not (cues.asks or cues.terse or objects.names_part(cues) or objects.named_alone(cues)):
        return None
    if cues.sized or part == "cuda_overhead":
        if part == "cuda_overhead" and not (cues.ask("how_much") or cues.topic("memory")):
            return None
        sized = any(item.is_kind("bytes") for item in cues.reading.items)
        if part == "file_size" and cues.ask("time"):
            return _none(0.3)  # to write or to download it: nothing calculates that
        if part == "file_size" and cues.yes_or_no and not (sized or cues.ask("how_much")):
            return None
        return Intent(part, 0.85)
    if part in ("kv_cache", "activation") and cues.fact("seq", "batch"):
        return Intent(part, 0.6) if only_model_missing(cues) else None
    return None


def _card_facts(cues: Cues) -> Intent | None:
    if not cues.reading.cards or cues.own_sized or cues.fact("total_tokens", "sharding"):
        return None
    if cues.knowledge("advice", "how_see") or not (cues.asks or cues.terse or cues.words <= 6):
        return None
    if cues.reading.says("mode", "train", "infer") and cues.memory_asked and not cues.before:
        calculator = "training" if cues.trains else "inference"
        return Intent(calculator, 0.6) if only_model_missing(cues) else None
    named = cues.words <= 5 or cues.strange <= _STRANGE
    if cues.fact("attribute") and (cues.asks or cues.ask("bits") or named):
        return Intent("gpu_info", 0.85)
    if cues.topic("spec"):
        return Intent("gpu_info", 0.8)
    if cues.words <= 2 and len(cues.reading.items) <= 3 and not cues.before:
        return Intent("gpu_info", 0.5)
    return None


def _memory(cues: Cues) -> Intent | None:
    """How much memory training or inference takes; with cards and a terse list, whether it fits."""
    if not cues.sized:
        return None
    needed = cues.knowledge("what_is") and objects.asks_need(cues)
    if cues.knowledge("advice", "what_is") and not (cues.memory_asked or needed):
        return None
    speed = cues.topic("compute_ask", "throughput", "latency", "flops", "utilization")
    if speed and not cues.memory_asked and not objects.weighs_share(cues):
        return _none(0.3)
    trains = cues.trains or objects.several_parts(cues)
    calculator = "training" if trains else "inference"
    amount = objects.asks_amount(cues) or cues.memory_asked or cues.unit_asked
    if only_family(cues) and not (objects.asks_number(cues) and cues.memory_asked):
        return None
    if comparing.asks_faster(cues) and cues.own_sized and weighed_sets(cues.reading):
        return comparing.sets_weighed(cues)
    if cues.hardware and cues.yes_or_no and not objects.asks_amount(cues):
        return Intent("fit", 0.7)
    if objects.asks_size(cues):
        return Intent("file_size", 0.75)
    if not amount and cues.own_sized and weighed_sets(cues.reading):
        return comparing.sets_weighed(cues)
    if amount:
        vague = not (objects.asks_amount(cues) or cues.question_mark or cues.terse)
        return Intent(calculator, 0.5 if vague else 0.85)
    shared = cues.fact("per_gpu") and not cues.reading.cards and not cues.ask("fit", "max", "count")
    if objects.weighs_share(cues) or (shared and cues.own_sized):
        return Intent(calculator, 0.8)
    plain = cues.own_sized and cues.hardware_said and not cues.strange
    if cues.hardware and (cues.terse or cues.question_mark or plain):
        return Intent("fit", 0.8 if cues.terse else 0.7)
    said = cues.reading.says("mode") or cues.fact("dtype", "batch", "seq") or cues.trains
    if cues.knowledge("how_see") and cues.strange > _MOST_STRANGE:
        return None
    if cues.terse or (cues.question_mark and said):
        return Intent(calculator, 0.75 if cues.words > 1 else 0.5)
    if cues.hardware and cues.ask("wish") and cues.reading.says("mode"):
        return Intent("fit", 0.6)
    return None


_RULES: tuple[Rule, ...] = (
    quantising.format_asked,
    comparing.cards_for_job,
    _general,
    _convert,
    _dtype_bits,
    saving.saved,
    parameters_asked,
    dimension_asked,
    serving.cache_room,
    comparing.cards_compared,
    runs.run_flops,
    runs.trained_tokens,
    runs.spent_time,
    runs.share_of_run,
    runs.cards_in_time,
    _time,
    speeds.utilization_asked,
    serving.speed_of_before,
    speeds.throughput_asked,
    speeds.latency_asked,
    speeds.communication_asked,
    _plan,
    _count,
    _largest,
    runs.resumed,
    _fit,
    _part,
    _card_facts,
    _memory,
)


def decide(cues: Cues) -> Intent:
    """Return the first rule's intent; no rule means that nothing numeric is asked."""
    for rule in _RULES:
        found = rule(cues)
        if found is not None:
            return found
    return _none()
