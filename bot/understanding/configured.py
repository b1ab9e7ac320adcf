"""What pasted command lines and configurations set: facts, cards, and what is left unused.

The flags and keys are taken out of the text, so that the grammar reads the sentence around them
and never a learning rate or a port. What a flag sets is taken as said; a flag that is not known is
named as not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from bot.understanding.flag_values import Configured, set_value
from bot.understanding.flags import known_flag, loaded_as, plain, short_flag, table, use_of
from bot.understanding.fragments import Fragment, find_fragments, program_of
from bot.understanding.understood import Span

_SCRIPT = re.compile(r"(?<![\w/.~-])[\w./~-]{1,120}\.(?:py|sh|ya?ml|json)(?!\w)")
_SHORT_PATH = 2
# The format of the tag that ``ollama run name:size`` takes (its library's pages).
_OLLAMA = "q4_k_m"
_MOST_NAMED = 12


def configured(text: str, lower: str) -> Configured | None:
    """Read the flags and keys of a message; None where it has none."""
    fragments = find_fragments(lower)
    if not fragments and "ollama" not in lower:
        return None
    found = Configured(text)
    program = program_of(lower)
    blanked: list[tuple[int, int]] = []
    for fragment in fragments:
        blanked.append(_take(found, fragment, text, lower, program))
    blanked += _programs(found, lower, commanded=any(f.name[0] == "-" for f in fragments))
    if not blanked:
        return None
    _settle(found)
    found.text = _without(text, blanked)
    return found


def _take(
    found: Configured, fragment: Fragment, text: str, lower: str, program: str
) -> tuple[int, int]:
    """Read one flag and return the stretch to blank: all of it, or all but a model's name."""
    stretch = (fragment.start, fragment.end)
    if fragment.name in ("{", "(", ")"):
        loaded = loaded_as(fragment.value or "")
        found.bits |= {loaded} if loaded else set()
        return stretch
    written = text[fragment.start : fragment.end].strip(" ,\n{}")
    name = fragment.name
    flag = known_flag(name)
    use = use_of(name)
    if use is not None:
        found.weak.setdefault("mode", use)
    if flag is None and name.startswith("-") and not name.startswith("--"):
        flag = short_flag(text[fragment.start : fragment.start + len(name)], program)
        flag = flag or short_flag(name, program)
    if flag is None:
        found.unused.append(name.rpartition(".")[2] if fragment.called else name)
        return stretch
    if flag.setting == "said":
        return fragment.start, fragment.start + len(name) - len(name.lstrip("-"))
    if flag.setting == "model" or (flag.setting == "model_or_file" and _names_model(fragment)):
        return _model(found, fragment, lower)
    said = set_value(found, flag, fragment.value)
    if said is not None:
        found.spans.append(Span(*stretch, written, *said))
    elif flag.kind != "switch" and fragment.value not in (None, "auto", "null", "none"):
        found.unused.append(f"{plain(name)} {fragment.value}")
    return stretch


def _names_model(fragment: Fragment) -> bool:
    """Whether ``--config`` names a recipe by its model, ``llama3_1/8B_full``, not a file."""
    value = fragment.value or ""
    return "/" in value and not value.endswith((".yaml", ".yml", ".json", ".toml", ".py"))


def _model(found: Configured, fragment: Fragment, lower: str) -> tuple[int, int]:
    """Keep a model's name in the text: of a path its last part, of ``org/name`` both."""
    if fragment.value is None:
        return fragment.start, fragment.end
    at = lower.find(fragment.value, fragment.value_start)
    parts = fragment.value.rstrip("/").split("/")
    rooted = fragment.value[0] in "/.~" or len(parts) > _SHORT_PATH
    kept = at + len(fragment.value.rstrip("/")) - len(parts[-1]) if rooted else at
    return fragment.start, kept


def _programs(found: Configured, lower: str, *, commanded: bool) -> Iterable[tuple[int, int]]:
    """Yield the words that start a program, and scripts; they say what the run is for."""
    for match in _starts(commanded).finditer(lower):
        name = " ".join(match.group().split())
        yield match.span()
        use = _uses()[name]
        if use != "other":
            found.weak.setdefault("mode", use)
        if name.startswith("ollama"):
            found.weak.setdefault("dtype", _OLLAMA)
    if not commanded:
        return
    for match in _SCRIPT.finditer(lower):
        yield match.span()
        script = match.group().rpartition("/")[2]
        for use, words in table()["script"].items():
            if script.endswith((".py", ".sh")) and any(word in script for word in words):
                found.weak.setdefault("mode", use)
        if "pretrain_gpt" in script:
            found.facts.setdefault("code", "fused")


@cache
def _uses() -> dict[str, str]:
    return {name: use for use, names in table()["program"].items() for name in names}


@cache
def _starts(commanded: bool) -> re.Pattern[str]:
    """Return a pattern of programs; without a flag only of those that need none."""
    names = [name for name in _uses() if commanded or name.startswith("ollama")]
    longest = sorted(names, key=len, reverse=True)
    spelled = "|".join(r"\s{1,9}".join(map(re.escape, name.split())) for name in longest)
    return re.compile(rf"(?<![\w./-])(?:{spelled})(?!\S)")


def _settle(found: Configured) -> None:
    """Join what several flags say: quantised weights go before the format of the arithmetic."""
    bits = found.bits - {"", "dq"}
    if len(bits) == 1:
        chosen = bits.pop()
        if chosen == "int4-g128" and found.config_bits in (2, 3, 8):
            chosen = f"int{found.config_bits}-g128"
        found.facts["dtype"] = "nf4-dq" if chosen == "nf4" and "dq" in found.bits else chosen
        if found.weak.get("method") == "lora" and chosen.startswith("nf4"):
            found.weak["method"] = "qlora"
    found.unused = list(dict.fromkeys(found.unused))[:_MOST_NAMED]


def _without(text: str, stretches: Iterable[tuple[int, int]]) -> str:
    """Blank stretches; a pause stands where each began, so that nothing joins over it."""
    characters = list(text)
    for start, end in stretches:
        characters[start:end] = " " * (end - start)
    for start, end in stretches:
        if end > start:
            characters[start] = ";"
    return re.sub(r";[ ;]*(?=;)", lambda match: " " * len(match.group()), "".join(characters))
