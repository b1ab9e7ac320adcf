"""What is asked for: an amount, a number of cards, the largest something, a part of memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bot.understanding.cache_format import says_only_its_format
from bot.understanding.conflicts import weighs
from bot.understanding.cues import Cues
from bot.understanding.items import Item
from bot.understanding.lexicon import glue, read_lists

_NEEDING = glue("needing")
_PARTS = {
    "kv_cache": "kv_cache",
    "activation": "activation",
    "optimizer": "optimizer_memory",
    "gradient": "gradient_memory",
    "cuda": "cuda_overhead",
    "file": "file_size",
    "weights": "file_size",
}


def asks_amount(cues: Cues) -> bool:
    """Whether it asks how much: ``要多少``, ``how much``, ``how many GB``."""
    return any(
        item.has("ask", "how_much") and item.word not in ("total", "size", "what", "whats")
        for item in cues.reading.items
    ) or (cues.ask("how_much") and cues.topic("memory", "file"))


def asks_enough(cues: Cues) -> bool:
    """Whether it asks for a verdict, not an amount."""
    return any(
        item.has("ask", "fit")
        and item.word not in ("will", "would", "could", "能", "can", "能用", "可以用")
        for item in cues.reading.items
    )


_FEASIBLE = ("可行", "feasible", "possible", "viable", "realistic")


def asks_feasible(cues: Cues) -> bool:
    """Whether it asks if something can be done at all: a method's worth, not a card's."""
    return any(word in item.word for item in cues.reading.items for word in _FEASIBLE)


_DATA = frozenset(["数据", "语料", "数据集", "data", "dataset", "corpus"])


def asks_for_data(cues: Cues) -> bool:
    """Whether an amount of data to train on is asked: ``要多少条数据``; nothing calculates that."""
    counted = cues.reading.says("key", "sequences") or cues.reading.says("unit", "example")
    counted = counted or _how_much_data(cues)
    named = any(item.word in _DATA for item in cues.reading.items)
    return named and counted and not cues.hardware and not cues.memory_asked


def _how_much_data(cues: Cues) -> bool:
    """Whether the words for an amount stand right before the data: ``多少数据``."""
    items = cues.reading.items
    return any(
        item.word in _DATA and items[index - 1].has("ask", "how_much")
        for index, item in enumerate(items)
        if index
    )


def names_bits(cues: Cues) -> bool:
    """Whether bits or bytes are asked by name: ``几字节``, ``how many bits``."""
    return any(
        item.has("ask", "bits") and any(word in item.word for word in ("字节", "bit", "byte", "位"))
        for item in cues.reading.items
    )


_PLACING = glue("placing")
_JOINING = frozenset(["and", "or", "any", ",", "和", "与", "、", "及", "/", "the"])
_TOLD = frozenset(["=", ":", "is", "是", "用", "选", "为", "with", "换", "换成", "换为", "改",
                   "改成", "改用", "to"])  # fmt: skip
_HOW = glue("how_to")
_LOADED = glue("loaded")
_LEFT_OUT = glue("left_out")
_EXCEPTING = _LEFT_OUT | frozenset(read_lists("relations.toml")["clause"]["exception"])
_LONGEST_PHRASE = 4


def _names_optimizer(cues: Cues, index: int) -> bool:
    """Whether ``优化器`` only says what ``muon`` is, in a question about training."""
    if cues.reading.items[index].word not in ("优化器", "optimizer", "optimiser"):
        return False
    if not (cues.reading.says("mode", "train") or cues.before.get("mode") == "train"):
        return False
    told = cues.reading.at(cues.reading.skip(index + 1, 1, _TOLD))
    before = cues.reading.at(index - 1)
    return any(item is not None and item.has("optimizer") for item in (told, before))


def several_parts(cues: Cues) -> bool:
    """Whether gradients and optimizer are named together: all that training takes."""
    return cues.topic("gradient") and cues.topic("optimizer")


_ADDING = frozenset(["and", "plus", "+", "with", "&", "和", "加", "加上", "与", "以及"])
_ALONE = frozenset(["only", "just", "solely", "只", "只算", "光", "仅", "单", "单单"])
_ALONE_AFTER = frozenset(["only", "alone"])
_PAUSES = frozenset([",", ";", ":", ".", "。", "!", "?"])
_ASKING = glue("asking_for")
_CLAUSE_ENDS = frozenset([")", ".", "。", "!", "?", ":", ";"])
# How many pieces may stand before the name of an amount: ``memory of the Adam optimizer states``.
_EARLY = 5


def names_part(cues: Cues) -> bool:
    """Whether the message is the name of an amount: ``disk space for a 7b``, ``KV cache of …``."""
    for index, item in enumerate(cues.reading.items[:-1]):
        if item.get("topic") not in _PARTS:
            continue
        clause = cues.reading.items[_clause_start(cues.reading.items, index) : index]
        listed = sum(1 for other in clause if _is_listed(other))
        if len(clause) - listed <= _EARLY:
            after = [other.word for other in cues.reading.items[index + 1 : index + 4]]
            measured = after[0] in ("bytes", "size", "memory", "in", "usage", "footprint", "vram")
            apart = cues.reading.items[index + 1].has("each")
            if apart or {"for", "of", "per"} & set(after if measured else after[:1]):
                return True
    return False


def named_alone(cues: Cues) -> bool:
    """Whether a clause is a sized part and nothing else: ``多谢各位, 问下 10B int4 文件大小``."""
    items = cues.reading.items
    start = 0
    for index in range(len(items) + 1):
        if index == len(items) or items[index].word in _PAUSES:
            if _is_sized_part(items[start:index]):
                return True
            start = index + 1
    return False


def _is_sized_part(clause: Sequence[Item]) -> bool:
    """Whether nothing stands in a clause but settings, a size, a part and words that ask."""
    sized = any(item.has("model") or "params" in item.slots for item in clause)
    if not sized or not any(item.get("topic") in _PARTS for item in clause):
        return False
    return not any(item.has("knowledge") for item in clause) and all(
        item.used or item.tags or item.word in _ASKING or not item.word.isalnum() for item in clause
    )


def _clause_start(items: Sequence[Item], index: int) -> int:
    """Return where the clause of an item begins: behind a full stop, a colon or a bracket."""
    ends = (place + 1 for place in range(index - 1, -1, -1) if items[place].word in _CLAUSE_ENDS)
    return next(ends, 0)


def _is_listed(item: Item) -> bool:
    """Whether an item is a model, a size or a comma of a list that a name may come after."""
    return item.has("model") or "params" in item.slots or item.word in (",", "、")


def asks_idle_cuda(cues: Cues) -> bool:
    """Whether it asks what CUDA takes before anything runs."""
    return cues.topic("cuda_word") and cues.topic("idle") and not cues.own_sized


def asks_need(cues: Cues) -> bool:
    """Whether something is said to need or take memory: ``what does … need``."""
    return any(
        item.word in _NEEDING and item.word not in ("for", "use") for item in cues.reading.items
    )


def _left_out(items: Sequence[Item], index: int) -> bool:
    """Whether the part at ``index`` is set aside: ``besides weights and gradients``."""
    for place in range(index, 0, -1):
        if _excepts(items[max(0, place - _LONGEST_PHRASE) : place]):
            return True
        item = items[place - 1]
        if item.get("topic") not in _PARTS and item.word not in _JOINING:
            return False
    return False


def _excepts(items: Sequence[Item]) -> bool:
    """Whether the items end in words that set aside what follows: ``不`` ``包括``."""
    ends = (items[start:] for start in range(len(items)))
    return any(
        glued.join(item.word for item in end) in _EXCEPTING for end in ends for glued in ("", " ")
    )


def leaves_out(cues: Cues, topic: str) -> bool:
    """Whether a part of memory is named to be set aside: ``without the optimizer states``."""
    places = cues.reading.tagged("topic", topic)
    return bool(places) and all(_left_out(cues.reading.items, index) for index in places)


def _joined(items: Sequence[Item]) -> bool:
    """``weights and a 4k KV cache``: one is added to the other."""
    weights = next(i for i, item in enumerate(items) if item.has("topic", "weights"))
    cache = next(i for i, item in enumerate(items) if item.has("topic", "kv_cache"))
    return any(item.word in _ADDING for item in items[weights:cache])


def _weights_alone(items: Sequence[Item]) -> bool:
    """``weights only, no cache``, ``只算权重``: the bytes of the weights and nothing else."""
    for index, item in enumerate(items):
        if not item.has("topic", "weights") or _left_out(items, index):
            continue
        before = [other.word for other in items[max(0, index - 2) : index]]
        after = items[index + 1].word if index + 1 < len(items) else ""
        if _ALONE & set(before) or after in _ALONE_AFTER:
            return not any(other.word in _LOADED for other in items)
    return False


def part_of(cues: Cues) -> str | None:
    """Which part of memory is asked for; several named together mean the whole."""
    if asks_idle_cuda(cues):
        return "cuda_overhead"
    items = cues.reading.items
    if _weights_alone(items):
        return "file_size"
    named: list[str] = []
    for index, item in enumerate(items):
        topic = item.get("topic")
        own = {"optimizer"} if cues.trains or cues.hardware else {"optimizer", "grad_dtype"}
        if topic not in _PARTS or item.slots - own:
            continue
        before = items[index - 1] if index else None
        added = before is not None and (
            before.has("shape", "including") or (before.word == "+" and topic == "kv_cache")
        )
        if added or _left_out(items, index) or says_only_its_format(cues, index):
            continue
        if topic == "optimizer" and _names_optimizer(cues, index):
            continue
        part = _PARTS[topic]
        if part not in named:
            named.append(part)
    if not named and cues.fact("optimizer") and not cues.reading.says("mode"):
        return "optimizer_memory" if any(item.word in _LEFT_OUT for item in items) else None
    if named == ["file_size", "kv_cache"] and cues.topic("memory") and _joined(items):
        return None
    if len(named) > 1 and "file_size" in named:
        named.remove("file_size")
    summed = named == ["file_size"] and cues.fact("optimizer") and not cues.topic("file")
    if summed:
        return None
    loaded = any(item.word in _LOADED for item in items)
    memory_of_weights = (
        named == ["file_size"] and (cues.topic("memory") or loaded) and not cues.topic("file")
    )
    if len(named) != 1 or memory_of_weights:
        return None
    return named[0]


def asks_master(cues: Cues) -> bool:
    """Whether the fp32 copy of the weights is asked by itself: as large as an fp32 file."""
    if not (cues.own_sized and cues.reading.says("shape", "master")) or cues.hardware_said:
        return False
    return asks_amount(cues) and not (cues.topic() or cues.reading.says("mode"))


def asks_number(cues: Cues) -> bool:
    """Whether a number is asked in so many words: ``多少``, ``how much``; or in a few words."""
    words = ("多少", "how much", "how many", "几", "几个", "多大")
    return cues.terse or any(item.word in words for item in cues.reading.items)


# What a pasted command or file is called, rather than asked for.
_GIVEN = frozenset(["配置", "config", "configuration", "setup", "settings", "设置"])
_TELLING = frozenset([":", "里", "中", "上", "写", "说", "says", "said"])
_OURS = frozenset(["the", "our", "my", "we", "to", "this", "的", "我的", "我们的"])


def asks_plan(cues: Cues) -> bool:
    """Whether a way to lay out the work is asked; ``the plan is to …`` asks nothing."""
    for index in cues.reading.tagged("topic", "plan"):
        before = cues.reading.at(index - 1)
        after = cues.reading.at(index + 1)
        stated = before is not None and before.word in _OURS
        stated = stated or (after is not None and after.word in _TELLING)
        word = cues.reading.items[index].word
        if cues.reading.configured and word in _GIVEN:
            continue
        if word not in ("plan", "setup", "config", "方案") or not stated:
            return True
    return not cues.memory_asked and _asks_how_to_run(cues)


def _asks_how_to_run(cues: Cues) -> bool:
    """``how do we squeeze a 65b onto …``, ``怎样把 13b 训起来``: a way is asked, not an amount."""
    for index in cues.reading.tagged("knowledge", "how_see"):
        item = cues.reading.items[index]
        if item.word not in _HOW:
            continue
        for other in cues.reading.items[index + 1 : index + 5]:
            if other.has("mode") or other.word in _PLACING:
                return True
    return False


def asks_token_rate(cues: Cues) -> bool:
    """Whether a rate of tokens is asked: ``每秒能出多少 token``."""
    return (
        cues.reading.says("per", "second")
        and (
            cues.reading.says("unit", "token")
            or cues.reading.says("key", "tokens")
            or _asks_characters(cues.reading.items)
        )
        and cues.reading.says("ask", "how_much")
    )


def asks_rate_at_share(cues: Cues) -> bool:
    """``MFU 50% 每秒每卡多少 token``: a rate is asked, its share of the peak is said."""
    stated = cues.fact("utilization_percent") and not cues.rated
    return bool(stated and cues.sized and asks_token_rate(cues))


def _asks_characters(items: Sequence[Item]) -> bool:
    """Whether characters are counted as tokens are: ``一秒吐多少字``."""
    pairs = pairwise(items)
    return any(left.word in _COUNTING and right.word in ("字", "汉字") for left, right in pairs)


def weighs_share(cues: Cues) -> bool:
    """``zero1 和 zero3 … 每卡差多少``: what differs is one card's share of the memory."""
    shared = cues.fact("per_gpu") and cues.fact("sharding", "zero_stage")
    return bool(shared and weighs(cues.reading)) and not cues.topic(
        "throughput", "latency", "flops", "utilization"
    )


_IN_UNITS = glue("in_units")
_COUNTING = glue("counting")
_SIZE_WORDS = glue("size_words")


def asks_size(cues: Cues) -> bool:
    """Whether the model's own size is asked: nothing is said of memory, use or cards."""
    if cues.memory_asked or cues.hardware or cues.trains or cues.reading.says("mode"):
        return False
    if any(name in cues.reading.facts for name in ("batch", "seq", "micro_batch")):
        return False
    items = cues.reading.items
    for index, item in enumerate(items[:-2]):
        if item.word == "how many" and items[index + 2].word in ("is", "are"):
            return True
    if any(item.word in _SIZE_WORDS for item in items):
        return True
    needed = any(item.word in _NEEDING for item in items)
    return not needed and any(
        item.word in _IN_UNITS and items[index - 1].word in _COUNTING
        for index, item in enumerate(items)
        if index
    )
