"""One calculation under way: the request, what it resolves to, and what had to be assumed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

from calculators.architecture import Architecture, architecture_from_config, typical_architecture
from calculators.cached import choose_gpu, find_format, find_model
from calculators.errors import InvalidRequest, MissingValue, UnknownName
from calculators.formats import NumberFormat
from calculators.hardware import Gpu
from calculators.kept import Kept
from calculators.notes import Notes
from calculators.registry import GpuChoice, Model
from calculators.remarks import remarks
from calculators.requests import Mode
from calculators.results import Assumption, Calculation, Memory, Parameters, RuleOfThumb, Source
from calculators.text import Deferred, Text, spaced, with_article
from calculators.trail import distinct
from calculators.units import short_params
from calculators.validation import check_size

Found = TypeVar("Found")

TRAINING_FIELDS = (
    "optimizer",
    "method",
    "precision",
    "grad_dtype",
    "lora",
    "sharding",
    "checkpointing",
    "offload",
    "grad_accumulation",
)

LOOKUPS = frozenset({"gpu_info", "compare_gpu", "dtype_bits", "convert"})
"""Calculators that are not about a model."""

CACHE_FORMATS = ("fp16", "bf16", "fp8", "int8", "int4", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0")
"""What engines keep a KV cache in (vLLM, transformers, llama.cpp)."""

EXAMPLE_CARDS = ("A100 80GB", "RTX 4090", "V100 32GB")
"""Cards to offer where one must be named."""


class Case(Notes):
    """A request with its model and card resolved, its assumptions, caveats and working."""

    @property
    def remarks(self) -> tuple[Text, ...]:
        """What the request says to no effect, or twice."""
        found = self.__dict__.get("architecture")
        return self.known("remarks", lambda: tuple(remarks(self, found)))

    @property
    def mode(self) -> Mode:
        """What is asked about: as given, else training when any field is one of training's.

        Headroom is one for the largest model alone, where it is the FAQ's 20n, solved for n.
        """
        stated: Mode | None = self.get("mode")
        if stated is not None:
            return stated
        if any(self.given(field) for field in TRAINING_FIELDS):
            return "train"
        if self.request.headroom and self.request.calculator == "max_params":
            return "infer" if self.given("weight_dtype") else "train"
        return "infer"

    @property
    def bare(self) -> bool:
        """Whether only a size was given: then the FAQ's rule leads."""
        return self.request.model is None and self.request.config is None

    @Kept
    def model(self) -> Model | None:
        """Return the record of the model named, None for a config or a bare size."""
        return find_model(self.request.model) if self.request.model is not None else None

    @property
    def knows_model(self) -> bool:
        """Whether a model, a config or a size was given."""
        return not self.bare or self.request.params is not None

    @Kept
    def architecture(self) -> Architecture:
        """Return the architecture named or configured, or a typical one for a bare size.

        Raises MissingValue when no model was given.
        """
        if self.model is not None:
            self.sources.append(_record(self.model.title, self.model.source))
            return self.model.architecture
        if self.request.config is not None:
            return architecture_from_config(self.request.config)
        typical = typical_architecture(self._size)
        for note in typical.notes:
            self.assumptions.append(Assumption("model", None, note))
        return typical

    @property
    def _size(self) -> float:
        size: float = self.require(
            "params",
            "Which model? Give a name, a size such as 7B, or a config.json.",
            "哪个模型？请给出模型名、参数量（如 7B）或 config.json。",
            ("7B", "13B", "70B"),
        )
        return size

    @Kept
    def nominal(self) -> float:
        """Return the rule's n: the size as it is called, 7e9 for LLaMA-7B."""
        if self.request.params is not None:
            size = self.request.params
        elif self.model is not None:
            size = self.model.rule_params or self.model.nominal_params
        else:
            size = self.architecture.parameters_total if not self.bare else self._size
        return int(size) if float(size).is_integer() else size

    @property
    def subject(self) -> Text:
        """The model in words."""
        if self.model is not None:
            return Text(self.model.title, self.model.title_zh or self.model.title)
        if self.bare:
            size = short_params(self.nominal)
            return Text(f"{with_article(size)} model", f"{size} 模型")
        size = short_params(self.architecture.parameters_total)
        family = self.architecture.family
        return Text(f"the {family} model of {size}", f"该 {family} 模型（{size}）")

    @Kept
    def _choice(self) -> GpuChoice | None:
        if self.request.gpu is None:
            return None
        choice = choose_gpu(self.request.gpu, self.request.gpu_memory_bytes)
        self.override("gpu", choice.gpu.id)
        self.sources.append(_record(choice.gpu.title, choice.gpu.source))
        if choice.assumed:
            text = Text(f"the {choice.gpu.name} variant", f"显卡取 {choice.gpu.name} 型号")
            self.assumptions.append(Assumption("gpu", choice.gpu.id, text))
        return choice

    @Kept
    def gpu(self) -> Gpu | None:
        """Return the card, None when none was named."""
        return self._choice.gpu if self._choice is not None else None

    @property
    def card(self) -> Gpu:
        """The card; raises MissingValue when none was named."""
        if self.gpu is None:
            raise MissingValue(
                Text("Which card? The answer depends on it.", "哪种显卡？答案取决于显卡。"),
                field="gpu",
                choices=EXAMPLE_CARDS,
            )
        return self.gpu

    @property
    def knows_card(self) -> bool:
        """Whether a card was named."""
        return self.request.gpu is not None

    @property
    def cards(self) -> int:
        """The number of cards, 1 when nothing says otherwise."""
        if (count := self.get("gpu_count")) is not None:
            return int(count)
        degrees = [self.get(name) or 1 for name in ("dp", "tp", "pp", "cp")]
        return int(degrees[0] * degrees[1] * degrees[2] * degrees[3])

    @property
    def capacity_bytes(self) -> int | None:
        """What may be used of one card's memory: as its driver reports, else as given."""
        whole = self.gpu.capacity_bytes if self.gpu is not None else self.request.gpu_memory_bytes
        return self._usable(whole)

    @property
    def nominal_capacity_bytes(self) -> int | None:
        """The same by the GB in the card's name, as the rule counts it."""
        whole = self.gpu.nominal_bytes if self.gpu is not None else self.request.gpu_memory_bytes
        return self._usable(whole)

    def _usable(self, whole: int | None) -> int | None:
        share = self.request.memory_share
        return whole if whole is None or share is None else int(whole * share)

    def adopt(self, solved: Case) -> None:
        """Take over what another case found: its fields, assumptions, caveats and working."""
        for assumption in solved.assumptions:
            if assumption not in self.assumptions:
                self.assumptions.append(assumption)
        for text in solved.caveats:
            self.caveat(text.en, text.zh)
        self.complete(**{n: v for n, v in solved._fields.items() if v is not None})
        self.trail.extend(solved.trail.steps, solved.trail.sources)
        self.sources += solved.sources
        self.trainable = solved.trainable
        self.__dict__.setdefault("architecture", solved.architecture)

    def format(self, field: str) -> NumberFormat:
        """Return the number format that a field names; raise UnknownName for that field.

        Raises InvalidRequest for a mix of formats over a model's tensors as that of a cache.
        """
        try:
            found = find_format(self.get(field))
        except UnknownName as error:
            raise UnknownName(error.text, field=field, nearest=error.nearest) from None
        if field == "kv_dtype" and found.kind in ("mix", "stated"):
            formats = ", ".join(CACHE_FORMATS)
            raise InvalidRequest(
                Text(
                    f"kv_dtype cannot be {found.id}, which says how a file mixes formats over a "
                    f"model's weights; a KV cache is kept in {formats}.",
                    f"kv_dtype 不能是 {found.id}：它是模型权重文件的混合格式；"
                    f"KV 缓存可用 {formats}。",
                ),
                field=field,
            )
        return found

    def finish(self, *, value: Any, unit: str | None, headline: Text, **fields: Any) -> Calculation:
        """Return the calculation, with the completed request and all that it rests on.

        ``rule`` is the rule of thumb, whose steps come first where it leads.
        """
        rule: RuleOfThumb | None = fields.pop("rule", None)
        leads = fields.get("lead") == "rule"
        parameters = self._parameters()
        memory: Memory | None = fields.get("memory")
        total = memory.total_bytes if memory is not None else 0
        check_size(self.request, max(fields.get("value_bytes") or 0, total))
        for text in self.remarks:
            self.caveat(text.en, text.zh)
        steps = self.rule.steps + self.trail.steps if leads else self.trail.steps
        sources = (*self.rule.sources, *self.trail.sources, *self.sources)
        return Calculation(
            calculator=self.request.calculator,
            request=self.completed,
            value=value,
            unit=unit,
            headline=Deferred(lambda: Text(_sentence(headline.en), spaced(headline.zh))),
            working=steps,
            assumptions=tuple(self.assumptions),
            rule_of_thumb=rule,
            caveats=tuple(self.caveats),
            sources=distinct(sources),
            parameters=parameters,
            **fields,
        )

    def count_parameters(self) -> None:
        """See to it that the answer carries the parameters of a model that the rule only named."""
        self.__dict__.setdefault("architecture", self.architecture)

    def _parameters(self) -> Parameters | None:
        """Return the counts of the model asked about, used or not; none of a bare size unused."""
        unused = "architecture" not in self.__dict__
        if unused and (self.bare or self.request.calculator in LOOKUPS):
            return None
        model = self.architecture
        trainable = model.parameters_total if self.trainable is None else self.trainable
        return Parameters(model.parameters_total, model.parameters_active, trainable)


_record = lru_cache(maxsize=512)(Source)
"""Return the source of a record; the same object each time, so that it is known again at once."""


def _sentence(text: str) -> str:
    """Begin with a capital where the first word is a plain word (not a name such as tf32)."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first in _PLAIN else text


_PLAIN = frozenset({"a", "an", "the", "full", "inference"})
