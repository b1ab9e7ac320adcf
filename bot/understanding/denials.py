"""What a message rules out: ``no offload``, ``不用 int4``, ``checkpointing disabled``.

A value that is denied is withdrawn before any setting is read, so that it is never taken; for what
can be off (offloading, recomputation, a fused attention, sharding, adapters) the denial is the
value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.understanding.conflicts import weighs
from bot.understanding.items import Item
from bot.understanding.reading import Reading

_TAGS = ("offload", "checkpointing", "method", "format", "optimizer", "sharding", "attention",
         "quantised", "sequence_parallel")  # fmt: skip
_OFF = {"offload": "none", "checkpointing": "none", "attention": "eager", "sharding": "none"}
# What a conversation goes back to when a value of it is denied.
_USUAL = {"dtype": ("format", "fp16"), "kv_dtype": ("format", "fp16")}
_WIDE = frozenset({"fp16", "bf16"})
_FORMATS = ("fp8", "int8", "int4")
_OPTIMIZERS = ("SGD", "8-bit AdamW", "Adafactor")

_NO = (
    r"(?:no|not|non|never|without|w/o|nor|neither|avoid(?:ing)?|skip(?:ping)?|cannot|dont|wont"
    r"|\w+n't)"
)
_NO_ZH = r"(?:不|没|未|无|(?<![除])非|(?<![分特区级个类差])别|甭|勿)"
_SWITCH = (
    r"(?:disabl(?:e|ed|ing)|deactivat(?:e|ed|ing)|(?:turn|switch)(?:ed|ing)? off"
    r"|drop(?:ping)?(?! to| down))"
)
_SWITCH_ZH = r"(?:关掉|关闭|关了|关上|关|禁用|禁止|停用|停掉|去掉|取消|撤掉|移除)"
_FILL = (
    r"(?: (?:use|using|used|the|an?|any|do|doing|going to|gonna|want(?:ing)? to|with|to"
    r"|enabl(?:e|ing)|turn(?:ing)? on|have|having|further|more|extra|apply(?:ing)?|need|for"
    r"|of|be|in|at|as|under|-|kv|kv cache|weights?|cache|about|ask(?:ing)?"
    r"|talk(?:ing)?|plan(?:ning)?|try(?:ing)?))*"
)
_FILL_ZH = (
    r" ?(?:用|使用|采用|开启|开|启用|打开|要|做|上|走|搞|需要|需|必|进行|再|想|打算|准备|考虑|加|带"
    r"|有|跑|选|设|训练|微调|训|炼|调|了|任何|额外|是|会|允许|许|准|对|给| )*"
)
_DENIED = re.compile(rf"(?:(?<![\w'])(?P<no>{_NO}){_FILL}|(?P<zh>{_NO_ZH}){_FILL_ZH})$")
_SWITCHED = re.compile(rf"(?:(?<!\w){_SWITCH}{_FILL}|{_SWITCH_ZH}{_FILL_ZH})$")
# ``why not lora``, ``要不用 lora 吧``, ``不得不 offload``, ``有无 …``: no denials.
_NO_DENIAL = re.compile(
    r"(?:why(?: do| ca| would)?|or|要|何|得|为什么|为啥|怎么|干嘛|干吗|有|能|可)$"
)
_BOTH = re.compile(r"(?:with|on|[开用有加带]) ?(?:and|or|vs|versus|/|和|跟|与|还是|或|或者|、) ?$")
_SWITCHED_AFTER = re.compile(
    r"(?: (?:is|are|was|be|being|set|kept|turned|switched|to|=|:|\())* (?:off|disabled|deactivated"
    r"|false|excluded|unused)\b"
    r"| (?:is|are|was|will)(?:n't| not)(?: be)? (?:used|enabled|allowed|on|available|possible)\b"
    r"| [=:] (?:no|none|null|0)\b"
    r"| ?(?:都|也|就|先|给|全部|全|已经|已|要|功能|是|被| )*"
    r"(?:关掉|关闭|关了|关|禁用|停用)(?:了|的|状态)?"
)
_UNUSED_AFTER = re.compile(
    r" ?(?:都|也|就|先| )*(?:不|没|没有|未)(?:再)?(?:用|开|要|使用|启用|开启|打开|做|上)"
    r"(?:了|的|吧)* ?(?:$|[,;.?!。，；、)])"
    r"| ?(?:都|也|就|先| )*(?:没|没有|未)(?:开|启用|开启|打开|做|上)(?:了|的|吧)* ?\d"
)
_KEPT_ON = re.compile(
    r" ?(?:=|:|is|要|还|都|保留|保持| )*(?:打开|开着|开启|启用|开|on|enabled|true)(?!\w)"
)
_SAYS_NO = re.compile(r"^(?:no|not|without|w/o|non|不|没|无|未|非|关|去掉|drop)|(?:off|none)$")
_OF_A_DENIAL = re.compile(
    rf"(?:{_NO}|{_NO_ZH}|{_SWITCH}|{_SWITCH_ZH}|turn|switch|off|'|t|don|won|[用开要掉闭了禁停去取消])$"
)
_JOINTS = frozenset(["or", "nor", "/", "或", "或者", "和", "与", "、", "及", "and"])
_UNABLE = ("cannot", "can't", "couldn't")
_ONE_ONLY = frozenset({"no", "not", "never"})
_MOST_BEFORE, _MOST_AFTER = 8, 6
_CACHE_BESIDE = frozenset(["the", "a", "of", "for", "对", "给", "把", "做", "的", "kv"])


def bind_denials(reading: Reading) -> None:
    """Withdraw every denied value, and take what its denial says of the setting."""
    denied = _denied_places(reading)
    affirmed = {
        tag
        for index in (reading.tagged_any(_TAGS) if denied else ())
        if index not in denied and not _SAYS_NO.search(reading.items[index].word)
        for tag in reading.items[index].tags
        if tag[0] in _TAGS
    }
    for index in sorted(denied):
        item = reading.items[index]
        of_cache = item.has("format") and _cache_beside(reading, index) is not None
        both = affirmed.intersection(item.tags)
        if of_cache or not both:
            item.slots.add("withdrawn")
        elif not {tag for tag, _ in both} & _OFF.keys():
            _said_and_denied(reading, item.text, next(tag for tag, _ in sorted(both)))
    _adapters_denied(reading)
    _sharding_denied(reading)
    for index in sorted(denied):
        if "withdrawn" in reading.items[index].slots:
            _settle(reading, index)


def _denied_places(reading: Reading) -> set[int]:
    items = reading.items
    found: set[int] = set()
    for index in reading.tagged_any(_TAGS):
        item = items[index]
        if not _is_target(item):
            continue
        spoken = bool(_SAYS_NO.search(item.word))
        negation = "" if spoken else _negation(items, index)
        if spoken or negation or _ruled_out_after(items, index):
            if not spoken:
                found.add(index)
                _mark(items, index, negation)
            if negation or spoken:
                found.update(_joined(items, index, negation))
    return found


def _is_target(item: Item) -> bool:
    named = any(item.has(tag) for tag in _TAGS)
    return named and not (item.has("optimizer") and item.has("topic", "optimizer"))


def _joined(items: list[Item], index: int, negation: str) -> set[int]:
    """``without offload or checkpointing``: a denial holds for what is joined to its object."""
    found: set[int] = set()
    while index + 2 < len(items) and items[index + 1].word in _JOINTS:
        alone = items[index + 1].word == "and" and negation in _ONE_ONLY
        index += 2
        if alone or not _is_target(items[index]) or _SAYS_NO.search(items[index].word):
            break
        found.add(index)
    return found


def _words(items: list[Item]) -> str:
    """Return items in a row as words: one space between, none within Chinese or ``don't``."""
    text = " ".join(item.word for item in items)
    text = re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", text)
    return re.sub(r" ?(['’/]) ?", r"\1", text).replace("’", "'")


def is_ruled_out(items: list[Item], index: int) -> bool:
    """Whether a word before the item says that it is not meant: ``can't`` says only that it fails.

    ``i don't want to train it``, ``not asking about training``, ``不打算训``.
    """
    return _negation(items, index) not in ("", *_UNABLE)


def _negation(items: list[Item], index: int) -> str:
    """Return the word that denies the item at ``index`` from before it, empty where none does."""
    words = _words(items[max(0, index - _MOST_BEFORE) : index])
    if _is_kept_on(items, index):
        return ""
    switched = _SWITCHED.search(words)
    if switched is not None:
        before = words[: switched.start()].rstrip()
        return "" if _denies(before, "") else switched.group()
    return _denies(words, items[index].word)


def _denies(words: str, target: str) -> str:
    """Return the negation at the end of ``words``; none in ``用不用``, ``why not``."""
    match = _DENIED.search(words)
    if match is None:
        return ""
    before, after = words[: match.start()].rstrip(), words[match.end("zh") :].lstrip()
    if match["zh"] and before and (after or target) and before[-1] == (after or target)[:1]:
        return ""
    if target and before.endswith(target):
        return ""
    if _NO_DENIAL.search(before) or _BOTH.search(before):
        return ""
    return match["no"] or match["zh"] or ""


def _ruled_out_after(items: list[Item], index: int) -> bool:
    """Whether the item is ruled out behind it: ``offload disabled``, ``offload 关掉``."""
    after = items[index + 1 : index + 1 + _MOST_AFTER]
    words = _words_after(items, index)
    if _UNUSED_AFTER.match(words) is not None:
        return True
    found = _SWITCHED_AFTER.match(words)
    if found is None:
        return False
    rest = words[found.end() :]
    if found.group()[-1] < "\u3400" or rest[:1].strip():
        return True
    places = range(index + 1, index + 1 + len(after))
    next_one = next((i for i in places if rest.strip().startswith(items[i].word)), None)
    governed = next_one is not None and _is_target(items[next_one])
    return not governed or _is_kept_on(items, next_one or 0)


def _words_after(items: list[Item], index: int) -> str:
    words = " " + _words(items[index + 1 : index + 1 + _MOST_AFTER])
    return words.replace(" ", "", 1) if items[index].word[-1:] > "\u3400" else words


def _is_kept_on(items: list[Item], index: int) -> bool:
    """Whether the next words switch the item on: ``offload 关掉 checkpointing 打开``."""
    return _KEPT_ON.match(_words_after(items, index)) is not None


def _mark(items: list[Item], index: int, negation: str) -> None:
    """Mark the words of a denial as understood: those before its object, or those after it."""
    step = -1 if negation else 1
    place = index + step
    while 0 <= place < len(items) and abs(place - index) <= _MOST_AFTER:
        item = items[place]
        if item.tags or item.quantity is not None or not _OF_A_DENIAL.match(item.word):
            break
        item.slots.add("withdrawn")
        place += step


def _adapters_denied(reading: Reading) -> None:
    """``don't use qlora, lora 13b``: the method that is named is meant, not all that is left."""
    places = reading.tagged("method")
    said_no = [i for i in places if re.search("lora|adapter|peft", reading.items[i].word)
               and reading.items[i].has("method", "full")]  # fmt: skip
    named = [i for i in places if i not in said_no]
    for index in said_no:
        ruled_out = re.findall(r"q?lora|adapters?|peft", reading.items[index].word)
        denied = [reading.items[i] for i in named if "withdrawn" not in reading.items[i].slots]
        denied = [item for item in denied if item.word in ruled_out]
        if denied:
            _said_and_denied(reading, denied[0].text, "method")
    if any("withdrawn" not in reading.items[i].slots for i in named):
        for index in said_no:
            reading.items[index].slots.add("withdrawn")


def _said_and_denied(reading: Reading, text: str, tag: str) -> None:
    """Ask back for ``int8, not int8``: one value is given and ruled out in one message."""
    if weighs(reading):
        return
    chinese = any(item.word[:1] > "\u3400" for item in reading.items)
    no = f"不用 {text}" if chinese else f"no {text}"
    field = "dtype" if tag == "format" else tag
    reading.problem("contradiction", f"{text} / {no}", (text, no), field)


def _sharding_denied(reading: Reading) -> None:
    """``without zero3 but with fsdp``: the sharding that is named is meant, not none."""
    places = reading.tagged("sharding")
    said_no = [i for i in places if _SAYS_NO.search(reading.items[i].word)]
    if not reading.says("weighing") and len(said_no) < len(places):
        for index in said_no:
            reading.items[index].slots.add("withdrawn")


def _settle(reading: Reading, index: int) -> None:
    """Take what the denial of one value says: off, the usual format, or a question back."""
    item, facts = reading.items[index], reading.facts
    for tag, value in item.tags:
        left = [i for i in reading.tagged(tag) if "withdrawn" not in reading.items[i].slots]
        if tag == "quantised":
            _unquantised(reading, index)
        if tag == "format":
            _withdraw_cache_word(reading, index)
        if left or tag not in _TAGS:
            continue
        if tag in _OFF:
            facts.setdefault(tag, _OFF[tag])
        elif tag == "method" and value != "full":
            facts.setdefault("method", "full")
        elif tag == "method":
            reading.problem("ambiguous", item.text, ("LoRA", "QLoRA"), "method")
        elif tag == "optimizer" and value == "adamw":
            reading.problem("ambiguous", item.text, _OPTIMIZERS, "optimizer")
        elif tag == "format" and value in _WIDE:
            reading.problem("ambiguous", item.text, _FORMATS, "dtype")


def _unquantised(reading: Reading, index: int) -> None:
    """``don't quantize``: weights of 16 bits, unless it is said of the cache or of one format."""
    before = reading.at(index - 1)
    if before is not None and before.has("format"):
        return
    if not _withdraw_cache_word(reading, index):
        reading.facts.setdefault("dtype", "fp16")


def _withdraw_cache_word(reading: Reading, index: int) -> bool:
    """Set aside the cache named beside a denied format: it is not what is asked for."""
    item = _cache_beside(reading, index)
    if item is not None:
        item.slots.add("withdrawn")
    return item is not None


def _cache_beside(reading: Reading, index: int) -> Item | None:
    """Return the cache's name beside a format or a word for quantising."""
    for step in (1, -1):
        item = reading.at(reading.skip(index + step, step, _CACHE_BESIDE))
        if item is None or not item.has("topic", "kv_cache"):
            item = reading.at(index + step)
        if item is not None and item.has("topic", "kv_cache"):
            return item
    return None


def back_to_usual(reading: Reading, before: Mapping[str, Any]) -> None:
    """Undo in a conversation what is denied now: ``not int4`` after an answer with int4."""
    for field, (tag, usual) in _USUAL.items():
        for index in reading.tagged(tag):
            item = reading.items[index]
            denied = "withdrawn" in item.slots and item.get(tag) == before.get(field)
            if denied and field not in reading.facts:
                reading.facts[field] = usual
