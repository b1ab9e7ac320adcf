"""From a Hugging Face ``config.json`` to an :class:`Architecture`, or a clear refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from calculators.architecture import encoder_decoder
from calculators.architecture.keys import Keys, contradiction, malformed
from calculators.architecture.model import Architecture
from calculators.architecture.per_layer import without_overrides
from calculators.architecture.registry import (
    READERS,
    family_of_class,
    family_of_type,
    is_headless,
)
from calculators.errors import InvalidRequest, UnsupportedArchitecture
from calculators.records import Records
from calculators.text import Text

_DEFAULTS = Records("defaults")
_FORMATS = Records("formats")
TEXT_PARTS = ("text_config", "language_config", "llm_config")
WHOLE_PARTS = ("thinker_config",)
"""Keys of the part that holds the language model and its towers, beside a part that speaks."""
TOWERS = ("vision_config", "audio_config", "mm_vision_tower", "visual", "vision_tower")
"""Keys that only a config of a model with further inputs than text has."""
TEXT_ONLY = Text(
    "This is a multimodal model: only its language model is counted; the vision or audio tower "
    "is left out.",
    "这是多模态模型：这里只计算其中的语言模型，未计入视觉或音频编码器。",
)
UNKNOWN_QUANTIZATION = Text(
    "The config's quantization_config names no weight format that is known here: the weights are "
    "counted as not quantised; weight_dtype says otherwise.",
    "config 的 quantization_config 不是这里已知的权重格式：权重按未量化计算，"
    "可用 weight_dtype 指定。",
)
HEADLESS = Text(
    "The config names the model without its output head, so the head is not counted.",
    "该配置是不含输出层的模型，因此不计输出层。",
)
REFUSED = (
    (
        ("t5", "bart", "pegasus", "marian", "m2m", "nllb", "seq2seq", "encoderdecoder"),
        "an encoder-decoder; only decoder-only language models are counted",
        "编码器-解码器模型；这里只计算仅解码器的语言模型",
    ),
    (
        ("clip", "align", "blip", "flava"),
        "an image-text encoder, not a language model, so there is no KV cache to estimate",
        "图文编码器而不是语言模型，没有 KV 缓存可以估算",
    ),
    (
        ("bert", "electra", "deberta", "encoder"),
        "an encoder that generates no text; only decoder-only language models are counted",
        "不生成文本的编码器；这里只计算仅解码器的语言模型",
    ),
    (
        ("whisper", "wav2vec", "hubert", "speech", "tts"),
        "a speech model; only decoder-only language models are counted",
        "语音模型；这里只计算仅解码器的语言模型",
    ),
    (
        ("unet", "diffusion", "autoencoder"),
        "an image model; only decoder-only language models are counted",
        "图像模型；这里只计算仅解码器的语言模型",
    ),
    (
        ("forsequenceclassification", "fortokenclassification", "forquestionanswering"),
        "a task head on a decoder; give the config of the language model itself",
        "带任务头的模型；请提供语言模型本身的配置",
    ),
)


CROSS_ATTENTION = UnsupportedArchitecture(
    Text(
        "The config sets add_cross_attention: it is the decoder of an encoder-decoder, and only "
        "decoder-only language models are counted.",
        "该 config 设置了 add_cross_attention，是编码器-解码器模型的解码器；"
        "这里只计算仅解码器的语言模型。",
    ),
    field="config",
)

MOST_PARAMETERS = 10**15
"""A thousand times the largest models there are."""


@cache
def _defaults(family: str) -> Mapping[str, Any]:
    return _DEFAULTS.parse(family) if family in _DEFAULTS.texts else {}


def architecture_from_config(config: Mapping[str, Any]) -> Architecture:
    """Return the architecture that a ``config.json`` describes.

    Reads the keys of transformers 4 and 5, nested ``text_config`` included, and each family's
    defaults for keys that are absent. Raises InvalidRequest for missing or malformed keys,
    ContradictoryRequest for keys that exclude each other, and UnsupportedArchitecture for
    anything whose parameters would have to be guessed.
    """
    try:
        return _from_text(json.dumps(config, sort_keys=True))
    except TypeError:
        return _build(config)


@lru_cache(maxsize=128)
def _from_text(text: str) -> Architecture:
    return _build(json.loads(text))


def _build(config: Mapping[str, Any]) -> Architecture:
    family, class_name, values, nested = _locate(config)
    values = without_overrides(family, values)
    if values.get("add_cross_attention") is True:
        raise CROSS_ATTENTION
    keys = Keys(values, _defaults(family), nested=nested)
    architecture = READERS[family](keys)
    if is_headless(class_name):
        outer = tuple(module for module in architecture.outer if module.kind != "head")
        architecture = replace(architecture, outer=outer, notes=(*architecture.notes, HEADLESS))
    towers = nested or any(name in config for name in TOWERS)
    notes = (TEXT_ONLY,) if towers else ()
    quantization = _known(_quantization(config, values))
    if quantization is None and _quantization_part(config, values):
        notes = (*notes, UNKNOWN_QUANTIZATION)
    if architecture.parameters_total > MOST_PARAMETERS:
        raise _too_large(architecture)
    return replace(
        architecture,
        notes=architecture.notes + notes,
        family=family,
        class_name=class_name,
        dtype=_dtype(config, values),
        quantization=quantization,
    )


def _too_large(architecture: Architecture) -> InvalidRequest:
    count, hidden = architecture.parameters_total, architecture.hidden
    return InvalidRequest(
        Text(
            f"config: {count:.3g} parameters with hidden_size = {hidden:,}, "
            f"{architecture.layer_count:,} layers and vocab_size = {architecture.vocab:,}; more "
            f"than {MOST_PARAMETERS:.0e} is out of range.",
            f"config：hidden_size = {hidden:,}、{architecture.layer_count:,} 层、"
            f"vocab_size = {architecture.vocab:,}，共 {count:.3g} 个参数，"
            f"超过 {MOST_PARAMETERS:.0e}，超出范围。",
        ),
        field="config",
    )


def _locate(config: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any], bool]:
    """Return the family, the class, the keys of the language model, and if they were nested."""
    if not isinstance(config, Mapping):
        raise malformed("config", config)
    class_name, model_type = _class_name(config), _type(config)
    if model_type in encoder_decoder.TYPES and class_name in encoder_decoder.CLASSES:
        raise _counted_refusal(class_name or model_type, encoder_decoder.t5_parameters(config))
    if config.get("is_encoder_decoder") is True:
        raise refusal(class_name or model_type)
    part = _text_part(config)
    if part is not None:
        inner = _family(_class_name(part), _type(part))
        if inner is None:
            raise refusal(class_name or model_type or _type(part))
        values = dict(part)
        if isinstance(config.get("tie_word_embeddings"), bool):
            values["tie_word_embeddings"] = config["tie_word_embeddings"]
        return inner, class_name, values, True
    family = _family(class_name, model_type)
    if family is None:
        raise refusal(class_name or model_type)
    return family, class_name, config, False


def _text_part(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for name in TEXT_PARTS:
        part = config.get(name)
        if isinstance(part, Mapping):
            return part
    for name in WHOLE_PARTS:
        part = config.get(name)
        if isinstance(part, Mapping):
            return _text_part(part)
    return None


def _class_name(config: Mapping[str, Any]) -> str:
    classes = config.get("architectures")
    if isinstance(classes, list | tuple) and classes and isinstance(classes[0], str):
        return classes[0]
    return ""


def _type(config: Mapping[str, Any]) -> str:
    value = config.get("model_type")
    return value.lower() if isinstance(value, str) else ""


def _family(class_name: str, model_type: str) -> str | None:
    by_class, by_type = family_of_class(class_name), family_of_type(model_type)
    if by_class and by_type and by_class != by_type:
        raise contradiction(
            f"architectures says {class_name}, model_type says {model_type}.",
            f"architectures 是 {class_name}，而 model_type 是 {model_type}。",
        )
    if class_name and by_class is None:
        return None
    return by_class or by_type


def _dtype(config: Mapping[str, Any], values: Mapping[str, Any]) -> str | None:
    for source in (values, config):
        for name in ("dtype", "torch_dtype"):
            if isinstance(source.get(name), str):
                return str(source[name]).removeprefix("torch.")
    return None


def refusal(name: str) -> UnsupportedArchitecture:
    """Return the refusal of an architecture that is not understood, with the reason."""
    if not name:
        return UnsupportedArchitecture(
            Text(
                "The config names no architecture: it has neither model_type nor architectures.",
                "该 config 没有写明架构：缺少 model_type 和 architectures。",
            ),
            field="config",
        )
    shown = name[:60]
    for words, en, zh in REFUSED:
        if any(word in name.lower() for word in words):
            return UnsupportedArchitecture(
                Text(f"{shown} is {en}.", f"{shown} 是{zh}。"), field="config"
            )
    return UnsupportedArchitecture(
        Text(
            f"The architecture {shown} is not one whose parameters can be counted exactly here; "
            "it is not guessed.",
            f"架构 {shown} 不在可精确计算的范围内，不做猜测。",
        ),
        field="config",
    )


def _counted_refusal(name: str, parameters: int) -> UnsupportedArchitecture:
    return UnsupportedArchitecture(
        Text(
            f"{name} is an encoder-decoder of {parameters:,} parameters; memory is estimated for "
            "decoder-only language models only.",
            f"{name} 是编码器-解码器模型，共 {parameters:,} 个参数；这里只估算仅解码器的语言模型。",
        ),
        field="config",
    )


def _known(name: str | None) -> str | None:
    """Return a format of the registry: ``name``, else its plain number, else None."""
    if name is None or name in _FORMATS.texts:
        return name
    plain = name.partition("-")[0]
    return plain if plain in _FORMATS.texts else None


def _quantization_part(config: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    return config.get("quantization_config") or values.get("quantization_config")


def _quantization(config: Mapping[str, Any], values: Mapping[str, Any]) -> str | None:
    """Return the weight format that ``quantization_config`` names, in the registry's words."""
    part = _quantization_part(config, values)
    if not isinstance(part, Mapping):
        return None
    method = str(part.get("quant_method", "")).lower()
    if method in ("gptq", "awq"):
        return _grouped(part.get("bits"), part.get("group_size"))
    if method == "bitsandbytes" or "load_in_4bit" in part:
        if part.get("load_in_8bit"):
            return "int8"
        kind = str(part.get("bnb_4bit_quant_type", "fp4"))
        return f"{kind}-dq" if part.get("bnb_4bit_use_double_quant") else kind
    if method == "fp8":
        return "fp8-b128" if part.get("weight_block_size") else "fp8"
    if method in ("modelopt", "compressed-tensors"):
        return _compressed(part) or method
    return method or None


def _grouped(bits: Any, group: Any) -> str | None:
    if not isinstance(bits, int):
        return None
    return f"int{bits}-g{group}" if isinstance(group, int) and group > 0 else f"int{bits}"


def _compressed(part: Mapping[str, Any]) -> str | None:
    """Return the weight format of an export that lists groups of layers with their numbers."""
    if "nvfp4" in str(part.get("quant_algo", "")).lower():
        return "nvfp4"
    groups = part.get("config_groups")
    first = next(iter(groups.values()), None) if isinstance(groups, Mapping) else None
    weights = first.get("weights") if isinstance(first, Mapping) else None
    if not isinstance(weights, Mapping):
        return "fp8" if "fp8" in str(part.get("quant_algo", "")).lower() else None
    bits, kind = weights.get("num_bits"), weights.get("type")
    if kind == "float":
        return {4: "nvfp4", 8: "fp8"}.get(bits) if isinstance(bits, int) else None
    return _grouped(bits, weights.get("group_size"))
