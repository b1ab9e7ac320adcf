"""Names of cards and models, from the calculators' records, beside the words of the field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from bot.understanding.lexicon import Trie, build
from calculators.names import nearest, normalise
from calculators.records import Records

_MEMORY_IN_NAME = re.compile(r"(?<![\da-z])\d{1,3} ?gi?b?(?![a-z])", re.IGNORECASE)
_SIZE = re.compile(
    r"^(?P<family>.*?)[-_ ]?(?P<size>\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?[bm])$", re.IGNORECASE
)
# The models that one is distilled into: ``deepseek-r1-distill-qwen-7b``.
_DISTILLED = re.compile(r"^(.+-distill)-[a-z]+-(\d+(?:\.\d+)?b)$")
_DISTILLED_WAYS = ("distill", "distilled", "蒸馏", "蒸馏版", "蒸馏模型", "的蒸馏版", "的蒸馏",
                   "蒸馏出来的", "的蒸馏模型")  # fmt: skip
_FORMS = ("pcie", "nvl", "sxm")
GPUS = Records("gpus")
MODELS = Records("models")
FORMATS = Records("formats")
# Aliases of formats that mean something else in a sentence.
_NOT_FORMATS = frozenset({"single", "double", "float", "i8", "i4", "qlora"})


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the registry, with the memory in its name (GB)."""

    name: str
    family: str
    gigabytes: int
    also: tuple[int, ...]
    default: bool

    def has_memory(self, gigabytes: float) -> bool:
        """Whether people mean this card by that many GB: one more or less is the same."""
        return any(abs(size - gigabytes) < 1.6 for size in (self.gigabytes, *self.also))


def _numbers(record_id: str, key: str) -> tuple[int, ...]:
    found = re.search(rf"^{key} = \[?([\d, ]*)\]?\s*$", GPUS.texts[record_id], re.MULTILINE)
    return tuple(int(part) for part in found.group(1).split(",") if part.strip()) if found else ()


@cache
def cards() -> dict[str, Card]:
    """Every card of the registry by its name."""
    found = {}
    for name in GPUS:
        family = GPUS.scan(name, "card") or name
        memory = _numbers(name, "memory_gb") or (0,)
        also = _numbers(name, "also_gb")
        found[name] = Card(name, family, memory[0], also, GPUS.flag(name, "default"))
    return found


@cache
def _families() -> dict[str, tuple[Card, ...]]:
    families: dict[str, tuple[Card, ...]] = {}
    for card in cards().values():
        families[card.family] = (*families.get(card.family, ()), card)
    return families


def variants(family: str) -> tuple[Card, ...]:
    """Return the cards of a family, e.g. A100 with 40 and with 80 GB; the default first."""
    return tuple(sorted(_families().get(family, ()), key=lambda card: not card.default))


def choose_card(family: str, gigabytes: float | None, form: str | None) -> Card | None:
    """Return the family's card with this memory and form (``pcie``, ``sxm``), the default first."""
    found = [c for c in variants(family) if gigabytes is None or c.has_memory(gigabytes)]
    shaped = [c for c in found if form is not None and form in c.name]
    return next(iter(shaped or found), None)


def card_aliases() -> Iterable[tuple[str, str]]:
    """Spoken names of cards without memory in them, each with its tag value.

    A variant's own alias (``a100-pcie``) gives ``family|form``, a family's name the family.
    """
    for family, members in _families().items():
        yield family, family
        for card in members:
            for alias in (card.name, *GPUS.aliases(card.name)):
                spoken = _MEMORY_IN_NAME.sub(" ", alias).strip(" -_")
                if len(spoken) < 2:
                    continue
                form = next((f for f in _FORMS if f in alias.lower()), None)
                yield spoken, f"{family}|{form}" if form and form in spoken.lower() else family


@cache
def sized_models() -> dict[str, dict[str, str]]:
    """Model families: normalised family name, then size as spoken (``7b``), to registry name."""
    families: dict[str, dict[str, str]] = {}
    for alias, name in _model_aliases():
        found = _SIZE.match(alias)
        if found and found["family"]:
            sizes = families.setdefault(normalise(found["family"]), {})
            sizes.setdefault(found["size"].lower(), name)
    for name in MODELS:
        if (parts := _DISTILLED.match(name)) is not None:
            families.setdefault(normalise(parts[1]), {})[parts[2]] = name
    return families


@cache
def _model_aliases() -> tuple[tuple[str, str], ...]:
    """Every spoken name of every model of the registry, with the registry's name."""
    return tuple((alias, name) for name in MODELS for alias in (name, *MODELS.aliases(name)))


def _spellings(params: float) -> tuple[str, ...]:
    return (f"{params / 1e9:g}b", f"{params / 1e6:g}m")


def model_of(family: str, params: float) -> str | None:
    """Return the registry's name for a family's model of this size, e.g. ``llama`` and 65e9."""
    sizes = sized_models().get(family, {})
    return next((sizes[spelling] for spelling in _spellings(params) if spelling in sizes), None)


def model_with_size(spoken: str) -> str | None:
    """Return the registry's first model of a size that only it has, e.g. ``8x7b``."""
    return next((sizes[spoken] for sizes in sized_models().values() if spoken in sizes), None)


def distilled_of(model: str, spoken: str) -> str | None:
    """Return a model's distilled one of a size: ``deepseek-r1`` and ``32b``."""
    begins, ends = f"{model}-distill-", f"-{spoken}"
    return next((name for name in MODELS if name.startswith(begins) and name.endswith(ends)), None)


def version_of(model: str, version: str) -> str | None:
    """Return the registry's model of a version (``v0.2``) of a model, None where it has none."""
    return f"{model}-{version}" if f"{model}-{version}" in MODELS.texts else None


def sizes_of(family: str) -> tuple[str, ...]:
    """Return the registry's models of a family, to offer."""
    return tuple(dict.fromkeys(sized_models().get(family, {}).values()))[:6]


def families_of(model: str) -> tuple[str, ...]:
    """Return the spoken families that a registry model belongs to, the narrowest first."""
    found = [(len(s), f) for f, s in sized_models().items() if model in s.values()]
    return tuple(family for _, family in sorted(found))


@cache
def _model_index() -> dict[str, str]:
    return {normalise(alias): name for alias, name in _model_aliases()}


@cache
def _card_index() -> dict[str, str]:
    return {normalise(alias): tag.partition("|")[0] for alias, tag in card_aliases()}


def nearest_models(text: str) -> tuple[str, ...]:
    """Registry models with names most like ``text``."""
    return nearest(text[:60], _model_index())


def nearest_cards(text: str) -> tuple[str, ...]:
    """Card families with names most like ``text``."""
    return nearest(text[:60], _card_index())


def _ambiguous(alias: str) -> bool:
    """Whether an alias is too short to be told from a plain number or letter."""
    return alias.isdigit() and len(alias) < 4


# A card's number as it is spelled out: 四零九零.
_SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")


def _distilled_families() -> Iterator[tuple[str, str]]:
    """Yield how the models distilled from one are called, ``r1 蒸馏版``, and their family."""
    sources = {found[1] for name in MODELS if (found := _DISTILLED.match(name))}
    for source in sources:
        whole = source.removesuffix("-distill")
        for called in (whole, whole.rpartition("-")[2]):
            for way in _DISTILLED_WAYS:
                yield f"{called} {way}", normalise(source)


def _spelled_hundreds(alias: str) -> str | None:
    """Return a letter and round hundreds as they are spelled: ``A100`` is A一百."""
    found = re.fullmatch(r"([a-z])([1-9])00", alias.lower())
    return f"{found[1]}{found[2].translate(_SPOKEN)}百" if found else None


@cache
def phrases() -> Trie:
    """All phrases: the words of the field, the cards and the models."""
    trie = build()
    for alias, tag in card_aliases():
        if not _ambiguous(alias):
            trie.add(alias, ("card", tag))
            trie.add(f"{alias}s", ("card", tag))
            if alias.isdigit():
                trie.add(alias.translate(_SPOKEN), ("card", tag))
            elif (spelled := _spelled_hundreds(alias)) is not None:
                trie.add(spelled, ("card", tag))
    for alias, name in _model_aliases():
        if not _ambiguous(alias):
            trie.add(alias, ("model", name))
    for name in FORMATS:
        for alias in (name, *FORMATS.aliases(name)):
            if alias.lower() not in _NOT_FORMATS:
                trie.add(alias, ("format", name))
    for family in sized_models():
        trie.add(family, ("family", family))
    for spelled, family in _distilled_families():
        trie.add(spelled, ("family", family))
    return trie
