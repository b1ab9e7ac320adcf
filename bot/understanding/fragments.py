"""Finds the flags of a pasted command line and the keys of a pasted configuration.

Read are command lines (``--flag value``, ``-c 8192``), calls in Python (``LoraConfig(r=16)``),
objects (``"zero_optimization": {"stage": 3}``), YAML lines (``cutoff_len: 2048``) and variables of
the environment. All patterns are linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.understanding.flags import known_flag, plain, short_flag, stands_alone

_OPEN_KEY = re.compile(r"[\"']([a-z_][\w.-]{0,60})[\"']\s{0,40}:\s{0,40}")
_CLOSING = re.compile(r"[\s,\]}]{0,80}")
_SCALAR = (
    r"\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'|\[[^\]\n]{0,300}\]"
    r"|[a-z_][\w.-]{0,80}(?![\w(])|[+-]?\d[\w.+-]{0,30}"
)
_VALUE = re.compile(_SCALAR)
_FLAG = re.compile(r"(?<![\w/.-])(--?)([a-z][\w.-]{0,60})")
_PAIR = re.compile(rf"(?<![\w.$-])([a-z_]\w{{0,60}})\s{{0,4}}=\s{{0,4}}({_SCALAR})")
_CALL = re.compile(r"(?<![\w.])([a-z_][\w.]{2,60})\(")
_CALLEE = re.compile(
    r"(?:config|args|arguments|from_pretrained|trainer|get_peft_model|initialize)$|^llm$|\.llm$"
)
_YAML = re.compile(
    r"^[ \t]{0,20}(?:- )?([a-z_][\w-]{0,60})[ \t]{0,4}:[ \t]{1,4}(\S[^\n]{0,200})$", re.M
)
_VARIABLE = re.compile(
    r"(?<!\w)((?:cuda|nvidia|ascend_rt|hip)_visible_devices"
    r"|(?:nccl|omp|mkl|pytorch|torch|hf|vllm|sglang|wandb|tokenizers|master|ds|transformers"
    r"|cuda|gloo|ucx|ray)_[a-z_]{2,40})(?:[\"']\])?\s{0,4}=\s{0,4}[\"']?([^\s)\"']{0,200})[\"']?"
)
_NUMBER = re.compile(
    r"[\"']?(\d{1,13}(?:,\d{1,4}){0,64}(?:\.\d{1,6})?(?:e\d{1,2})?)([km]?)[\"']?(?![\w.])"
)
_LLAMA_CPP = re.compile(r"llama-(?:server|cli|bench|run|simple)(?!\w)|llama\.cpp|\.gguf|-ngl\s")
_TRUTH = re.compile(r"(?:true|false|yes|no|on|off|unsloth)(?!\w)")
_TOKEN = re.compile(r"\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'|\[[^\]\n]{0,300}\]|[!-~]{1,300}")
_PROJECTIONS = re.compile(r"(?:\s+\w{1,20}_proj(?!\w))+")
_CARDS_AFTER = re.compile(
    r"\s{0,3}(?:[x*×]\s?\w|张|块|卡|台|个|(?:nvidia\s)?(?:gpus?|cards?|nodes?)\b|[ahvbl]\d{2,3}\b"
    r"|rtx|tesla|[2-5]0[6-9]0)"
)
_NEXT = re.compile(r"[ \t]{0,8}(?:$|\\?\n|-{1,2}[a-z]|[^\x00-\x7f]|[,;)|&])", re.M)


# What the grammar reads better, with a second value (``batch_size=4 or 8``) and units.
_OF_SENTENCES = frozenset({"batch", "micro_batch", "global_batch", "seq", "lora_rank"})


class Fragment(NamedTuple):
    """A flag or key with its value: ``text[start:end]``; the value alone is kept if ``keeps``."""

    name: str
    value: str | None
    start: int
    end: int
    value_start: int
    called: bool = False


class _Taken:
    """The stretches that are read already."""

    def __init__(self) -> None:
        self.stretches: list[tuple[int, int]] = []

    def free(self, start: int) -> bool:
        return not any(left <= start < right for left, right in self.stretches)


def find_fragments(lower: str) -> list[Fragment]:
    """Return the flags and keys of the lower-cased text in order; nothing where it has none."""
    if not any(mark in lower for mark in ("--", "=", '":', "':", "_", " -")):
        return []
    taken = _Taken()
    found: list[Fragment] = []
    for finder in (_objects, _variables, _calls, _flags, _yaml):
        for fragment in finder(lower, taken):
            found.append(fragment)
            taken.stretches.append((fragment.start, fragment.end))
    return sorted(found, key=lambda fragment: fragment.start)


def _objects(lower: str, taken: _Taken) -> Iterator[Fragment]:
    """Yield the keys of objects with their paths: ``zero_optimization.stage``."""
    path: list[str] = []
    previous = 0
    for match in _OPEN_KEY.finditer(lower):
        closed = lower.count("}", previous, match.start())
        del path[max(0, len(path) - closed) :]
        after = match.end()
        name = ".".join((*path, match[1]))
        start = match.start()
        before = lower[previous:start].rstrip()
        if before.endswith("{") and (not path or closed == 0):
            start = lower.rfind("{", previous, start)
        if after < len(lower) and lower[after] == "{":
            path.append(match[1])
            previous = after + 1
            yield Fragment("{", None, start, after + 1, after, called=True)
            continue
        value = _VALUE.match(lower, after)
        end = value.end() if value else after
        previous = end
        tail = _CLOSING.match(lower, end)
        shut = tail.end() if tail and tail.group().strip() else end
        text = value.group() if value else None
        yield Fragment(name, _unquoted(text), start, shut, after, called=True)


def _unquoted(value: str | None) -> str | None:
    return value if value is None else value.strip("\"'")


def _variables(lower: str, taken: _Taken) -> Iterator[Fragment]:
    for match in _VARIABLE.finditer(lower):
        setting = known_flag(match[1])
        if taken.free(match.start()) and (setting is None or setting.setting == "visible"):
            yield Fragment(match[1], match[2], *match.span(), match.start(2))


def _calls(lower: str, taken: _Taken) -> Iterator[Fragment]:
    """Yield the keyword arguments of calls, and assignments to names of three words and more."""
    calls = [(m, _end_of_call(lower, m.end())) for m in _CALL.finditer(lower)]
    calls = [(m, end) for m, end in calls if _CALLEE.search(m[1])]
    for match, end in calls:
        if taken.free(match.start()):
            yield Fragment("(", match[1], match.start(), match.end(), match.end(), called=True)
            if end < len(lower) and lower[end] == ")":
                yield Fragment(")", None, end, end + 1, end, called=True)
    for match in _PAIR.finditer(lower):
        if not taken.free(match.start()) or lower[match.end() : match.end() + 1] in ("/", "("):
            continue
        inside = any(m.end() <= match.start() < end for m, end in calls)
        if inside or _sure_name(match[1], match[2]):
            yield Fragment(match[1], _unquoted(match[2]), *match.span(), match.start(2), inside)


def _end_of_call(lower: str, start: int) -> int:
    depth = 1
    for index in range(start, min(len(lower), start + 2_000)):
        depth += (lower[index] == "(") - (lower[index] == ")")
        if depth == 0:
            return index
    return len(lower)


def _sure_name(name: str, value: str) -> bool:
    """Whether an assignment outside a call is of a configuration: ``tp=8`` is the sentence's."""
    flag = known_flag(name)
    if flag is None:
        return False
    if name.count("_") > 1 or (flag.kind == "switch" and value in ("true", "false")):
        return True
    return "_" in name and flag.kind == "number" and flag.setting not in _OF_SENTENCES


def program_of(lower: str) -> str:
    """Return whose short flags a text may hold: ``llama_cpp``, ``slurm``, ``mpi`` or none."""
    if _LLAMA_CPP.search(lower):
        return "llama_cpp"
    if "srun" in lower or "sbatch" in lower:
        return "slurm"
    return "mpi" if "mpirun" in lower or "mpiexec" in lower else ""


def _flags(lower: str, taken: _Taken) -> Iterator[Fragment]:
    program = program_of(lower)
    end = 0
    for match in _FLAG.finditer(lower):
        if match.start() < end or not taken.free(match.start()):
            continue
        name = match[2].rstrip(".-")
        flag = known_flag(name)
        if flag is None and match[1] == "-":
            flag = short_flag(name, program) or short_flag(name.upper(), program)
        if match[1] == "-" and flag is None and not (program and _short_value(lower, match.end())):
            continue
        kind = flag.kind if flag else "alone" if plain(name) in stands_alone() else "unknown"
        value, start, end = _value_of(lower, match.end(), kind)
        if match[1] == "-" and kind == "number" and value is None:
            continue
        yield Fragment(match[1] + name, _unquoted(value), match.start(), end, start)


def _short_value(lower: str, at: int) -> bool:
    return re.match(r"\s{1,4}[\w./-]", lower[at : at + 6]) is not None


def _value_of(lower: str, at: int, kind: str) -> tuple[str | None, int, int]:
    """Return a flag's value, where it begins, and where flag and value end."""
    assigned = lower[at : at + 1] == "="
    start = at + 1 if assigned else at
    while start < len(lower) and lower[start] in " \t\\\n" and start - at < 40:
        start += 1
    separated = start > at
    if not separated or start >= len(lower):
        return None, at, at
    if kind == "alone":
        truth = _TRUTH.match(lower, start)
        return None, start, truth.end() if truth else at
    if kind == "number":
        number = _NUMBER.match(lower, start)
        if number is not None:
            return number.group(), start, number.end()
        word = re.compile(r"auto(?!\w)").match(lower, start)
        return None, start, word.end() if word else at
    if kind == "switch":
        truth = _TRUTH.match(lower, start) or (_NUMBER.match(lower, start) if assigned else None)
        return (truth.group(), start, truth.end()) if truth else (None, start, at)
    return _word_value(lower, at, start, kind, assigned)


def _word_value(
    lower: str, at: int, start: int, kind: str, assigned: bool
) -> tuple[str | None, int, int]:
    token = _TOKEN.match(lower, start)
    if token is None or re.match(r"--?[a-z]", token.group()):
        return None, start, at
    text = token.group()
    if text[0] not in "\"'[" and not assigned:
        text = text.rstrip(",;)?!:。") or text
    end = start + len(text)
    if kind == "unknown" and not assigned and not _is_value(lower, text, end):
        return None, start, at
    more = _PROJECTIONS.match(lower, end)
    if more is not None and text.endswith("_proj"):
        return lower[start : more.end()], start, more.end()
    return text, start, end


def _is_value(lower: str, text: str, end: int) -> bool:
    """Whether what follows an unknown flag is its value rather than the sentence that goes on."""
    if text[0] in "\"'[{":
        return True
    if re.fullmatch(r"[+-]?[\d.,]+(?:e-?\d+)?", text):
        card = text.isdigit() and re.fullmatch(r"[2-5]0[5-9]0", text)
        return not card and _CARDS_AFTER.match(lower, end) is None
    if not text.isalpha():
        return re.search(r"[./_=:-]", text) is not None
    return _NEXT.match(lower, end) is not None


def _yaml(lower: str, taken: _Taken) -> Iterator[Fragment]:
    """Yield the lines of a YAML file, where two of them at least have known keys."""
    lines = [m for m in _YAML.finditer(lower) if taken.free(m.start(1))]
    known = [m for m in lines if _sure_key(m[1], m[2])]
    if len(known) < 2:
        return
    for match in lines:
        if match in known or (known_flag(match[1]) is None and match[1].count("_")):
            value = _VALUE.match(lower, match.start(2))
            text = value.group() if value else None
            end = value.end() if value else match.start(2)
            yield Fragment(match[1], _unquoted(text), match.start(1), end, match.start(2))


def _sure_key(name: str, value: str) -> bool:
    flag = known_flag(name)
    if flag is None:
        return False
    return "_" in name or flag.kind == "switch" or flag.setting == "config_file"
