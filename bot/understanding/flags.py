"""The flags and keys that are known, from ``flags.toml``: what each of them sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from bot.understanding.lexicon import read_lists

_KINDS = ("number", "switch", "word")


class Flag(NamedTuple):
    """A known flag: what its value is (``number``, ``switch``, ``word``) and the setting."""

    kind: str
    setting: str


def table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return the lists of ``flags.toml``."""
    return read_lists("flags.toml")


def plain(name: str) -> str:
    """Return a flag's name as the lists have it: ``--max-model-len`` is ``max_model_len``."""
    return name.lstrip("-").replace("-", "_").lower()


@cache
def _known() -> dict[str, Flag]:
    return {
        name: Flag(kind, setting)
        for kind in _KINDS
        for setting, names in table()[kind].items()
        for name in names
    }


def known_flag(path: str) -> Flag | None:
    """Return the flag of a dotted path: the longest end of it that is known.

    >>> known_flag("zero_optimization.stage").setting
    'zero_stage'
    """
    parts = plain(path).split(".")
    for start in range(len(parts)):
        found = _known().get(".".join(parts[start:]))
        if found is not None:
            return found
    return None


@cache
def use_of(name: str) -> str | None:
    """Return ``train`` or ``infer`` for a flag that only one of them has."""
    uses = {flag: use for use, flags in table()["use"].items() for flag in flags}
    return uses.get(plain(name).rpartition(".")[2])


@cache
def loaded_as(callee: str) -> str | None:
    """Return the weight format of a class of quantised loading, ``GPTQConfig``."""
    formats = {name: value for value, names in table()["callee"].items() for name in names}
    return formats.get(callee)


@cache
def stands_alone() -> frozenset[str]:
    """Return the known flags that take no value and set nothing of interest."""
    return frozenset(table()["plain"]["alone"])


def short_flag(name: str, program: str) -> Flag | None:
    """Return what a short flag means to one program: ``-c`` is llama.cpp's context.

    Case matters: ``-N`` counts Slurm's nodes, ``-n`` its tasks.
    """
    plain_name = name.lstrip("-")
    for setting, names in table().get(f"short_{program}", {}).items():
        if plain_name in names:
            kind = "word" if setting == "model" else "number"
            return Flag(kind, setting)
    return None


@cache
def meaning(setting: str) -> Mapping[str, str]:
    """Return what the values of a word setting say: ``{"awq": "int4-g128", …}``."""
    lists = table()[f"value_{setting}"]
    return {spelling: value for value, spellings in lists.items() for spelling in spellings}
