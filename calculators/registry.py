"""The registries of models, cards and formats, and finding in them by any name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from calculators.architecture import Architecture, architecture_from_config
from calculators.architecture.config import TEXT_ONLY
from calculators.errors import ContradictoryRequest, UnknownName
from calculators.formats import NumberFormat, stated_format
from calculators.hardware import Gpu
from calculators.names import look_up, nearest, normalise
from calculators.records import Records
from calculators.text import Text

_MODELS = Records("models")
_GPUS = Records("gpus")
_FORMATS = Records("formats")

_GPU_WORDS = re.compile(r"nvidia|geforce|tesla|amd|instinct|intel|huawei|华为|英伟达|显卡|\bgpu\b")
_GIGABYTES = re.compile(r"(?<=\d)[\s\-_]*gi?b?(?![a-z0-9])")
_MEMORY_IN_NAME = re.compile(r"-?(\d+)g(?=$|\W|pcie|sxm|nvl|hbm)")
_FORM = ("pcie", "sxm", "nvl")


@dataclass(frozen=True)
class Model:
    """A model of the registry.

    ``nominal_params`` is the size in its name (65e9), ``published_params`` the count its maker
    or its weight files state, ``rule_params`` what the rule of thumb counts with where that is
    neither, ``title_zh`` the title in Chinese where it has words in it, ``has_towers`` whether
    it takes images or sound too, whose encoders are not in ``config``, the keys of its
    ``config.json`` that matter to a count.
    """

    id: str
    title: str
    nominal_params: float
    source: str
    config: Mapping[str, Any]
    aliases: tuple[str, ...] = ()
    rule_params: float | None = None
    published_params: int | None = None
    title_zh: str | None = None
    has_towers: bool = False

    @property
    def architecture(self) -> Architecture:
        """The exact architecture (built once)."""
        return _architecture(self.id)


@dataclass(frozen=True)
class GpuChoice:
    """A card, and whether its variant had to be assumed among ``variants``."""

    gpu: Gpu
    assumed: bool
    variants: tuple[Gpu, ...]


@cache
def _model(model_id: str) -> Model:
    values = _MODELS.parse(model_id)
    aliases = tuple(values.pop("aliases", ()))
    published = values.pop("published_params", None)
    # TOML has no null, which a config.json tells apart from an absent key.
    absent = dict.fromkeys(values.pop("config_null", ()))
    return Model(
        id=model_id,
        title=values.pop("title"),
        title_zh=values.pop("title_zh", None),
        nominal_params=float(values.pop("nominal_params")),
        source=values.pop("source"),
        rule_params=values.pop("rule_params", None),
        published_params=None if published is None else int(published),
        config=values.pop("config") | absent,
        aliases=aliases,
        has_towers=values.pop("has_towers", False),
    )


@cache
def _architecture(model_id: str) -> Architecture:
    model = _model(model_id)
    architecture = architecture_from_config(model.config)
    if model.has_towers and TEXT_ONLY not in architecture.notes:
        return replace(architecture, notes=(*architecture.notes, TEXT_ONLY))
    return architecture


@cache
def _gpu(gpu_id: str) -> Gpu:
    return Gpu(id=gpu_id, **_GPUS.parse(gpu_id))


@cache
def _format(format_id: str) -> NumberFormat:
    return NumberFormat(id=format_id, **_FORMATS.parse(format_id))


def models() -> tuple[Model, ...]:
    """Return every model."""
    return tuple(_model(model_id) for model_id in _MODELS)


def gpus() -> tuple[Gpu, ...]:
    """Return every variant of every card."""
    return tuple(_gpu(gpu_id) for gpu_id in _GPUS)


def formats() -> tuple[NumberFormat, ...]:
    """Return every number format."""
    return tuple(_format(format_id) for format_id in _FORMATS)


def _index(records: Records, form: Callable[[str], str]) -> dict[str, str]:
    """Return normalised name to record id; a record's own id and title come before aliases."""
    index: dict[str, str] = {}
    for record_id in records:
        title = records.scan(record_id, "title")
        for name in (record_id, *((title,) if title else ())):
            index.setdefault(form(name), record_id)
    for record_id in records:
        for alias in records.aliases(record_id):
            index.setdefault(form(alias), record_id)
    return index


def gpu_form(name: str) -> str:
    """Return a card's name in the form in which cards are compared (``80 GB`` is ``80g``)."""
    text = _GIGABYTES.sub("g ", unicodedata.normalize("NFKC", name).casefold())
    return normalise(_GPU_WORDS.sub(" ", text))


@cache
def _gpu_index() -> dict[str, str]:
    index = _index(_GPUS, gpu_form)
    for gpu_id in _GPUS:
        card = gpu_form(_GPUS.scan(gpu_id, "card") or "")
        if _GPUS.flag(gpu_id, "default"):
            index[card] = gpu_id
            index.setdefault(card.removeprefix("rtx").removeprefix("gtx"), gpu_id)
    return index


@cache
def _model_index() -> dict[str, str]:
    return _index(_MODELS, normalise)


@cache
def _format_index() -> dict[str, str]:
    return _index(_FORMATS, normalise)


def find_model(name: str) -> Model:
    """Return the model that ``name`` means; UnknownName offers the nearest."""
    index = _model_index()
    found = look_up(name, index)
    if found is None:
        raise _unknown(name, "model", ("model", "模型"), index, lambda key: _model(key).title)
    return _model(found)


def find_format(name: str) -> NumberFormat:
    """Return the number format that ``name`` means; UnknownName offers the nearest."""
    stated = stated_format(name.strip().casefold())
    if stated is not None:
        return stated
    index = _format_index()
    found = index.get(normalise(name)) or index.get(normalise(name.replace("_", "")))
    if found is None:
        raise _unknown(name, "weight_dtype", ("number format", "数值格式"), index, str)
    return _format(found)


def find_gpu(name: str, memory_bytes: float | None = None) -> Gpu:
    """Return the card that ``name`` means, of the variant with ``memory_bytes``.

    See :func:`choose_gpu`, which also says whether a variant was assumed.
    """
    return choose_gpu(name, memory_bytes).gpu


def choose_gpu(name: str, memory_bytes: float | None = None) -> GpuChoice:
    """Return the card that ``name`` means and whether its variant was assumed.

    ``memory_bytes`` (decimal or binary gigabytes of the name, or the driver's figure) picks the
    variant. Raises UnknownName with the nearest cards, and ContradictoryRequest when the card
    does not exist with that memory.
    """
    index = _gpu_index()
    form = gpu_form(name)
    found = index.get(form)
    named = _MEMORY_IN_NAME.search(form)
    if found is None and named:
        found = index.get(normalise(_MEMORY_IN_NAME.sub("", form)))
        memory_bytes = memory_bytes or int(named.group(1)) * 1e9
        named = None
    if found is None:
        raise _unknown(name, "gpu", ("card", "显卡"), index, lambda key: _gpu(key).title)
    gpu = _gpu(found)
    variants = tuple(_gpu(key) for key in _GPUS if _GPUS.scan(key, "card") == gpu.card)
    if memory_bytes is None:
        sizes = {variant.memory_gb for variant in variants}
        return GpuChoice(gpu, named is None and len(sizes) > 1, variants)
    fitting = [gpu] if has_memory(gpu, memory_bytes) else []
    if not named:
        fitting += [variant for variant in variants if has_memory(variant, memory_bytes)]
    if not fitting:
        raise _no_such_memory(gpu.card if not named else gpu.title, variants, memory_bytes)
    best = max(fitting, key=lambda variant: _same_form(form, variant))
    return GpuChoice(best, False, variants)


def has_memory(gpu: Gpu, memory_bytes: float) -> bool:
    """Whether ``memory_bytes`` can mean this variant's memory."""
    sizes = [gpu.capacity_bytes]
    for gigabytes in (gpu.memory_gb, *gpu.also_gb):
        sizes += [gigabytes * 10**9, gigabytes * 2**30]
    return any(abs(memory_bytes / size - 1) < 0.02 for size in sizes)


def _same_form(form: str, gpu: Gpu) -> tuple[int, bool]:
    return sum(word in form and word in gpu.id for word in _FORM), gpu.default


def _no_such_memory(
    name: str, variants: tuple[Gpu, ...], memory_bytes: float
) -> ContradictoryRequest:
    sizes = " / ".join(f"{size} GB" for size in sorted({v.memory_gb for v in variants}))
    said = f"{memory_bytes / 1e9:g} GB"
    return ContradictoryRequest(
        Text(
            f"There is no {name} with {said}; it has {sizes}.",
            f"{name} 没有 {said} 的版本，只有 {sizes}。",
        ),
        field="gpu_memory_bytes",
    )


def _unknown(
    name: str,
    field: str,
    kind: tuple[str, str],
    index: Mapping[str, str],
    title: Callable[[str], str],
) -> UnknownName:
    shown = name.strip()[:60]
    hits = tuple(title(key) for key in nearest(name[:200], index))
    offer = ", ".join(hits)
    en = f"There is no {kind[0]} named {shown!r} here." + (f" Nearest: {offer}." if hits else "")
    zh = f"没有名为 {shown!r} 的{kind[1]}。" + (f"最接近的：{offer}。" if hits else "")
    return UnknownName(Text(en, zh), field=field, nearest=hits)


@cache
def all_aliases(kind: str) -> tuple[tuple[str, str], ...]:
    """Return (name, id) for every way of writing a ``model``, ``gpu`` or ``format``.

    Names are as written in the data; compare them through ``normalise`` (or ``gpu_form``).
    """
    records = {"model": _MODELS, "gpu": _GPUS, "format": _FORMATS}[kind]
    pairs: dict[str, str] = {}
    for record_id in records:
        title, card = records.scan(record_id, "title"), records.scan(record_id, "card")
        pairs.setdefault(record_id, record_id)
        if title:
            pairs.setdefault(title, record_id)
        if card and records.flag(record_id, "default"):
            pairs[card] = record_id
        for alias in records.aliases(record_id):
            pairs.setdefault(alias, record_id)
    return tuple(pairs.items())
