"""Changes of a request in words: ``8 cards, LoRA``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calculators.cached import find_gpu
from calculators.layout import SHARDING_NAMES
from calculators.text import Text

_WORDS: dict[str, Text] = {
    "gpu_count": Text("{} cards", "{} 张卡"),
    "gpu": Text("on {}", "换用 {}"),
    "seq": Text("{} tokens per sequence", "序列长度 {}"),
    "micro_batch": Text("batch {}", "batch {}"),
    "sharding": Text("{}", "{}"),
    "tp": Text("tensor parallelism {}", "张量并行 {}"),
    "pp": Text("{} pipeline stages", "流水线 {} 级"),
    "offload": Text("{} offloaded to host memory", "把{}卸载到内存"),
    "optimizer": Text("{}", "{} 优化器"),
    "method": Text("{}", "{}"),
    "weight_dtype": Text("weights in {}", "权重用 {}"),
    "kv_dtype": Text("KV cache in {}", "KV 缓存用 {}"),
    "checkpointing": Text("{} recompute", "{} 重计算"),
    "attention": Text("{} attention", "{} 注意力"),
    "precision": Text("{} precision", "{} 精度"),
}
_VALUES: dict[tuple[str, str], Text] = {
    ("method", "full"): Text("full training", "全参数训练"),
    ("method", "lora"): Text("LoRA", "LoRA"),
    ("method", "qlora"): Text("QLoRA (NF4 weights)", "QLoRA（NF4 权重）"),
    **{("sharding", name): words for name, words in SHARDING_NAMES.items()},
    ("optimizer", "adamw_8bit"): Text("8-bit AdamW", "8 位 AdamW"),
    ("offload", "optimizer"): Text("optimizer states", "优化器状态"),
    ("offload", "parameters"): Text("parameters and optimizer states", "参数与优化器状态"),
    ("attention", "sdpa"): Text("memory-efficient (SDPA)", "memory-efficient（SDPA）"),
    ("precision", "mixed_fp16"): Text("fp16 mixed", "fp16 混合"),
    ("precision", "mixed_bf16"): Text("bf16 mixed", "bf16 混合"),
    ("precision", "amp_fp16"): Text("fp16 autocast", "fp16 autocast"),
    ("checkpointing", "full"): Text("full", "全部"),
}


def describe_changes(changes: Mapping[str, Any]) -> Text:
    """Return changes in words: ``8 cards, LoRA``."""
    en, zh = [], []
    for field, value in changes.items():
        if value is None or field not in _WORDS:
            continue
        shown = _VALUES.get((field, str(value)))
        if field == "gpu":
            name = find_gpu(value).name
            shown = Text(name, name)
        elif isinstance(value, int):
            shown = Text(f"{value:,}", f"{value:,}")
        shown = shown or Text(str(value), str(value))
        words = "one card" if (field, value) == ("gpu_count", 1) else _WORDS[field].en
        en.append(words.format(shown.en))
        zh.append(_WORDS[field].zh.format(shown.zh))
    return Text(", ".join(en), "，".join(zh))
