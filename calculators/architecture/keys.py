"""Reading keys out of a Hugging Face ``config.json``, with clear errors.

Keys have synonyms across families and transformers versions; a synonym group is tried in
order, and two synonyms that disagree are an error. The sizes that nothing can be counted
without are required in a whole config, though transformers' classes carry a default; in a
nested ``text_config``, which is stored without the values that equal the defaults, the
default stands. For every other key the family's default stands (``data/defaults``, taken from
the configuration classes of transformers); an explicit null is the class's own rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calculators.errors import ContradictoryRequest, InvalidRequest
from calculators.text import Text

HIDDEN = ("hidden_size", "n_embd", "n_embed", "d_model")
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "attention_heads")
VOCAB = ("vocab_size",)
CONTEXT = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx")
LARGEST = 2**40
MOST_LAYERS = 10**5


class Keys:
    """A config's keys over its family's defaults.

    ``nested`` says that the values were stored as a part of a larger config.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        defaults: Mapping[str, Any] | None = None,
        *,
        nested: bool = False,
    ) -> None:
        self._values = values
        self._defaults = defaults or {}
        self.nested = nested

    def raw(self, *names: str) -> Any:
        """Return the value under any of ``names``, else the default; None for null."""
        for name in names:
            if self._values.get(name) is not None:
                return self._values[name]
        if any(name in self._values for name in names):
            return None
        return next((self._defaults[name] for name in names if name in self._defaults), None)

    def has(self, name: str) -> bool:
        """Whether the config itself gives ``name``, even as null."""
        return name in self._values

    def size(self, names: tuple[str, ...]) -> int:
        """Return one of the sizes that a whole config must give (see the module's text)."""
        value = self._agreed(names)
        if value is None and self.nested:
            value = next((self._defaults[n] for n in names if n in self._defaults), None)
        if value is None:
            raise missing(names)
        found = self._integer(names[0], value, 1)
        if names is LAYERS and found > MOST_LAYERS:
            raise malformed(names[0], value)
        return found

    def integer(self, *names: str, default: int | None = None, least: int = 1) -> int:
        """Return a whole number of at least ``least``.

        Absent, it is the family's default; null or without one, it is ``default``.
        """
        value = self.optional(*names, least=least)
        if value is not None:
            return value
        if default is None:
            raise missing(names)
        return default

    def optional(self, *names: str, least: int = 1) -> int | None:
        """Return a whole number, or None when it is null or absent without a default."""
        value = self.raw(*names)
        return None if value is None else self._integer(names[0], value, least)

    def flag(self, *names: str, default: bool = False) -> bool:
        """Return a boolean; ``default`` when it is null or absent without a default."""
        value = self.raw(*names)
        if value is None:
            return default
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
        raise malformed(names[0], value)

    def number(self, *names: str, default: float = 0.0) -> float:
        """Return a number; ``default`` when absent or null."""
        value = self.raw(*names)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise malformed(names[0], value)
        return float(value)

    def text(self, *names: str, default: str = "") -> str:
        """Return a string; ``default`` when absent or null."""
        value = self.raw(*names)
        if value is None:
            return default
        if not isinstance(value, str):
            raise malformed(names[0], value)
        return value

    def list(self, name: str, length: int) -> tuple[Any, ...] | None:
        """Return a list with one value per layer, None when absent; checks the length."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise malformed(name, value)
        if len(value) != length:
            raise ContradictoryRequest(
                Text(
                    f"config: {name} has {len(value)} entries, but there are {length} layers.",
                    f"config：{name} 有 {len(value)} 项，但层数是 {length}。",
                ),
                field="config",
            )
        return tuple(value)

    def places(self, name: str) -> tuple[int, ...] | None:
        """Return a list of layer indices, None when absent."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, list | tuple) or not all(isinstance(i, int) for i in value):
            raise malformed(name, value)
        return tuple(value)

    def part(self, name: str) -> Keys:
        """Return a nested object; an empty one when absent."""
        value = self.raw(name)
        if value is None:
            return Keys({}, nested=True)
        if not isinstance(value, Mapping):
            raise malformed(name, value)
        return Keys(value, nested=True)

    def _agreed(self, names: tuple[str, ...]) -> Any:
        given = {n: self._values[n] for n in names if self._values.get(n) is not None}
        values = list(given.values())
        if any(value != values[0] for value in values[1:]):
            said = ", ".join(f"{name} = {value}" for name, value in given.items())
            raise ContradictoryRequest(
                Text(
                    f"config: these keys contradict each other: {said}.",
                    f"config：这些键互相矛盾：{said}。",
                ),
                field="config",
            )
        return values[0] if values else None

    @staticmethod
    def _integer(name: str, value: Any, least: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise malformed(name, value)
        if value != value or not least <= value <= LARGEST or int(value) != value:
            raise malformed(name, value)
        return int(value)


def missing(names: tuple[str, ...]) -> InvalidRequest:
    """Return the error for a key that is really missing."""
    name = names[0]
    return InvalidRequest(
        Text(
            f"config: {name} is missing, so the parameters cannot be counted; "
            "give the complete config.json.",
            f"config：缺少 {name}，无法计算参数量；请提供完整的 config.json。",
        ),
        field="config",
    )


def malformed(name: str, value: Any) -> InvalidRequest:
    """Return the error for a value that cannot be what its key means."""
    shown = repr(value)[:40]
    return InvalidRequest(
        Text(f"config: {name} = {shown} is not possible.", f"config：{name} = {shown} 不合理。"),
        field="config",
    )


def contradiction(en: str, zh: str) -> ContradictoryRequest:
    """Return the error for keys that exclude each other."""
    return ContradictoryRequest(Text(f"config: {en}", f"config：{zh}"), field="config")
