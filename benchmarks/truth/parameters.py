"""Exact parameter counts of the transformers classes, built on the meta device.

Writes ``parameters.jsonl``: for each family a few randomised configurations (heads, head size,
biases, tied embeddings, experts, ranks, layer patterns), and every registry model that has a
class in transformers; each with the total and the routed experts' share of a token. Needs torch
and transformers: ``python benchmarks/truth/parameters.py > benchmarks/truth/parameters.jsonl``.
"""

from __future__ import annotations

import json
import random
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SEED, CASES = 20261124, 5
FLAGS = (
    "attention_bias",
    "mlp_bias",
    "use_bias",
    "qk_layernorm",
    "use_qk_norm",
    "use_qkv_bias",
    "bias",
    "alibi",
    "multi_query",
    "new_decoder_architecture",
    "parallel_attn",
    "use_parallel_residual",
    "enable_bias",
    "layer_norm_elementwise_affine",
    "do_layer_norm_before",
    "lm_head_bias",
    "qkv_bias",
    "attention_out_bias",
    "use_sliding_window",
    "tie_word_embeddings",
)
UNTIED = {"dbrx"}
_WINDOWS = {"layer_types": ("sliding_attention", "full_attention")}
_BLOCKS = {"mlp_layer_types": ("dense", "sparse")}
_LINEAR = {"layer_types": ("linear_attention", "full_attention")}
LISTED: dict[str, dict[str, tuple[Any, ...]]] = {
    "cohere2_moe": _WINDOWS | _BLOCKS,
    "gemma3n_text": _WINDOWS | {"intermediate_size": (96, 256)},
    "gemma4_unified_text": _WINDOWS,
    "granite_swa": _WINDOWS,
    "granitemoe_swa": _WINDOWS,
    "kimi_linear": _LINEAR | _BLOCKS,
    "laguna": _WINDOWS | _BLOCKS | {"num_attention_heads_per_layer": (4, 8)},
    "lfm2_moe": {"layer_types": ("conv", "full_attention")},
    "lfm3": {"layer_types": ("conv", "sliding_attention", "full_attention")},
    "mellum": _WINDOWS | _BLOCKS,
    "minimax_m3_vl_text": _BLOCKS | {"layer_types": ("minimax_m3_sparse", "full_attention")},
    "olmo_hybrid": _LINEAR,
    "vaultgemma": _WINDOWS,
    "zamba": {"layers_block_type": ("linear_attention", "hybrid")},
    "zamba2": {"layers_block_type": ("linear_attention", "hybrid")},
}
"""Keys of the families that list a value for each layer; the last layer has the last one."""


def first(fields: dict[str, Any], *names: str) -> str | None:
    """Return the first of ``names`` that the configuration class has."""
    return next((name for name in names if name in fields), None)


def sizes(rng: random.Random, fields: dict[str, Any]) -> dict[str, Any]:
    """Return random sizes under the keys that the class uses."""
    heads = rng.choice([4, 8, 12])
    width = rng.choice([16, 32, 48])
    values: dict[str, Any] = {}
    layers = rng.choice([4, 6, 8])
    for names, value in (
        (("hidden_size", "n_embd", "d_model"), heads * width),
        (("num_hidden_layers", "n_layer", "n_layers", "num_layers"), layers),
        (
            ("num_attention_heads", "n_head", "n_heads", "num_heads", "attention_heads"),
            heads,
        ),
        (("vocab_size",), rng.choice([512, 1000, 3072])),
        (("intermediate_size", "ffn_dim"), rng.choice([96, 256, 352])),
        (("max_position_embeddings", "n_positions", "max_seq_len"), rng.choice([128, 512])),
    ):
        name = first(fields, *names)
        if name:
            values[name] = value
    if "num_key_value_heads" in fields and "kv_lora_rank" not in fields:
        values["num_key_value_heads"] = rng.choice([1, 2, 4, heads])
    if "num_kv_heads" in fields and rng.random() < 0.6:
        values["num_kv_heads"] = rng.choice([1, 2, 4])
    if "head_dim" in fields and "kv_lora_rank" not in fields:
        values["head_dim"] = rng.choice([16, 24, 64])
    return values


def extras(rng: random.Random, fields: dict[str, Any], values: dict[str, Any]) -> None:
    """Add flags, experts, ranks and patterns where the class has them."""
    for flag in FLAGS:
        if flag in fields and rng.random() < 0.5:
            values[flag] = rng.random() < 0.5
    for name, choices in (
        ("n_inner", (None, 200)),
        ("expansion_ratio", (2, 4)),
        ("ffn_hidden_size", (None, 200)),
        ("word_embed_proj_dim", (None, 24)),
        ("rotary_dim", (8, 16)),
        ("moe_intermediate_size", (32, 48)),
        ("shared_expert_intermediate_size", (40, 64)),
        ("shared_intermediate_size", (0, 64)),
        ("intermediate_size_mlp", (80, 160)),
        ("n_shared_experts", (1, 2)),
        ("num_shared_experts", (1, 2)),
        ("moe_num_shared_experts", (1, 2)),
        ("first_k_dense_replace", (0, 1, 2)),
        ("decoder_sparse_step", (1, 2)),
        ("interleave_moe_layer_step", (1, 2)),
        ("moe_layer_interval", (1, 2)),
        ("q_lora_rank", (24, 40)),
        ("kv_lora_rank", (16, 32)),
        ("qk_rope_head_dim", (8, 16)),
        ("qk_nope_head_dim", (16, 24)),
        ("v_head_dim", (16, 32)),
        ("index_n_heads", (2, 4)),
        ("index_head_dim", (16, 32)),
        ("linear_num_key_heads", (2, 4)),
        ("linear_num_value_heads", (4, 8)),
        ("linear_key_head_dim", (16, 24)),
        ("linear_value_head_dim", (16, 32)),
        ("linear_conv_kernel_dim", (3, 4)),
        ("sliding_window", (64,)),
    ):
        if name in fields and rng.random() < 0.8:
            values[name] = rng.choice(choices)
    count = first(fields, "num_local_experts", "n_routed_experts", "num_experts", "moe_num_experts")
    if count:
        values[count] = rng.choice([4, 8])
        used = first(fields, "num_experts_per_tok", "moe_k", "moe_topk") or ""
        if used:
            values[used] = rng.choice([1, 2, 3])


def routed_share(model: Any, config: Any) -> int:
    """Return the parameters of routed experts that one token skips."""
    count = getattr(config, "num_local_experts", None) or getattr(config, "num_experts", 0)
    inner = getattr(config, "ffn_config", None)
    count = count or getattr(config, "moe_num_experts", 0)
    used = getattr(config, "top_k_experts", None) or getattr(config, "num_experts_per_tok", 0)
    used = used or getattr(config, "moe_topk", 0)
    if inner is not None:
        count, used = inner.moe_num_experts, inner.moe_top_k
    if not count:
        return 0
    routed = sum(
        p.numel()
        for name, p in model.named_parameters()
        if ".experts." in name and "bias_correction" not in name
    )
    return routed * (count - used) // count


def build(family: str, values: dict[str, Any]) -> tuple[int, int]:
    """Return the class's parameters and those active for one token."""
    import torch
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    config = CONFIG_MAPPING[family](**json.loads(json.dumps(values)))
    model_class = getattr(transformers, MODEL_FOR_CAUSAL_LM_MAPPING_NAMES[family])
    with torch.device("meta"):
        model = model_class(config)
    total = sum(p.numel() for p in model.parameters())
    return total, total - routed_share(model, config)


def fix(family: str, rng: random.Random, values: dict[str, Any]) -> None:
    """Keep drawn values within what the family's class can build."""
    if family == "gpt_neo":
        values["attention_types"] = [[["global", "local"], values["num_layers"] // 2]]
    if family == "helium":
        values["head_dim"] = values["hidden_size"] // values["num_attention_heads"]
    if "linear_num_value_heads" in values or "linear_num_key_heads" in values:
        values["linear_num_key_heads"] = rng.choice([2, 4])
        values["linear_num_value_heads"] = rng.choice([4, 8])
    if family == "mimo_v2_flash":
        values["num_key_value_heads"] = rng.choice([1, 2])
    if family == "gpt_bigcode":
        values.pop("head_dim", None)
    if family in ("granitemoehybrid", "bamba"):
        fix_mamba_hybrid(family, rng, values)
    if family == "mamba2":
        inner = 2 * values["hidden_size"]
        values["head_dim"] = rng.choice([16, 32])
        values["num_heads"] = inner // values["head_dim"]
        values |= {"n_groups": rng.choice([1, 2]), "state_size": rng.choice([16, 32])}
        values |= {"use_bias": rng.random() < 0.5, "use_conv_bias": rng.random() < 0.5}
    if family in ("mamba", "falcon_mamba"):
        values |= {"state_size": rng.choice([8, 16]), "conv_kernel": rng.choice([3, 4])}
        values |= {"use_bias": rng.random() < 0.5, "use_conv_bias": rng.random() < 0.5}
    if family == "jamba":
        values |= {"attn_layer_period": 4, "attn_layer_offset": rng.choice([1, 2])}
        values |= {"expert_layer_period": 2, "expert_layer_offset": rng.choice([0, 1])}
        values |= {"mamba_d_state": rng.choice([8, 16]), "mamba_proj_bias": rng.random() < 0.5}
    if family == "falcon_h1":
        values |= {"mamba_d_ssm": 128, "mamba_n_heads": 8, "mamba_d_state": 16}
        values |= {"mamba_rms_norm": rng.random() < 0.5, "projectors_bias": rng.random() < 0.5}
    if family == "lfm2":
        values |= {"full_attn_idxs": [1, 2], "conv_bias": rng.random() < 0.5}
        values |= {"block_auto_adjust_ff_dim": rng.random() < 0.5, "block_multiple_of": 16}
    if family == "afmoe":
        values["num_dense_layers"] = rng.choice([1, 2])
    if family == "nemotron_h":
        fix_nemotron_h(rng, values)
    if family == "gemma4_text":
        fix_gemma4(rng, values)
    for key, kinds in LISTED.get(family, {}).items():
        layers = int(values["num_hidden_layers"])
        values[key] = [*(rng.choice(kinds) for _ in range(layers - 1)), kinds[-1]]
    if family == "gemma3n_text":
        values |= {"num_kv_shared_layers": rng.choice([0, 1]), "altup_num_inputs": 3}
        values |= {"laurel_rank": 8, "hidden_size_per_layer_input": 16}
        values["vocab_size_per_layer_input"] = values["vocab_size"]
    if family == "laguna":
        values["num_key_value_heads"] = 4
    if family.startswith("zamba"):
        for name in ("head_dim", "mamba_dt_rank"):
            values.pop(name, None)
        values |= {"n_mamba_heads": 4, "mamba_d_state": 16, "num_key_value_heads": 2}


def fix_mamba_hybrid(family: str, rng: random.Random, values: dict[str, Any]) -> None:
    """Give Granite 4 and Bamba Mamba heads and places of attention that fit."""
    values["mamba_n_heads"] = 2 * values["hidden_size"] // 16
    values |= {"mamba_n_groups": rng.choice([1, 2]), "mamba_d_state": rng.choice([16, 32])}
    values |= {"mamba_conv_bias": rng.random() < 0.5, "mamba_proj_bias": rng.random() < 0.5}
    if family == "bamba":
        values["attn_layer_indices"] = [1, 3]
    else:
        count = values["num_hidden_layers"]
        values["layer_types"] = ["mamba", "attention"] * (count // 2)
        values["num_local_experts"] = rng.choice([0, 4])
        values["num_experts_per_tok"] = 2 if values["num_local_experts"] else 0
        values["shared_intermediate_size"] = rng.choice([48, 96])


def fix_nemotron_h(rng: random.Random, values: dict[str, Any]) -> None:
    """Give Nemotron-H a pattern of layers and its mixers' sizes."""
    pattern = rng.choice(["MEM*E", "M-M*-M-", "ME*-"])
    values["hybrid_override_pattern"] = pattern
    values["num_hidden_layers"] = len(pattern)
    values |= {"mamba_num_heads": rng.choice([8, 16]), "mamba_head_dim": rng.choice([16, 32])}
    values |= {"n_groups": rng.choice([1, 2]), "ssm_state_size": rng.choice([16, 32])}
    values |= {"use_conv_bias": rng.random() < 0.5, "use_bias": rng.random() < 0.5}
    values["moe_shared_expert_intermediate_size"] = rng.choice([48, 80])
    if rng.random() < 0.5:
        values["moe_latent_size"] = 24
    for name in ("head_dim", "n_shared_experts", "attention_bias"):
        values.pop(name, None)
    values["head_dim"] = 16


def fix_gemma4(rng: random.Random, values: dict[str, Any]) -> None:
    """Give Gemma 4 its full layers' heads, shared layers, per-layer inputs and experts."""
    values["num_hidden_layers"] = 6 if rng.random() < 0.5 else 12
    values |= {"global_head_dim": rng.choice([32, 64]), "head_dim": 16}
    values["attention_k_eq_v"] = rng.random() < 0.5
    if rng.random() < 0.5:
        values["num_global_key_value_heads"] = 1
    if values["num_hidden_layers"] == 12:
        values["num_kv_shared_layers"] = rng.choice([0, 6])
    values["use_double_wide_mlp"] = rng.random() < 0.5
    values["hidden_size_per_layer_input"] = rng.choice([0, 16])
    values["vocab_size_per_layer_input"] = values["vocab_size"]
    values["enable_moe_block"] = rng.random() < 0.5
    for name in ("num_experts", "top_k_experts", "moe_intermediate_size"):
        values.pop(name, None)
    if values["enable_moe_block"]:
        values |= {"num_experts": 8, "top_k_experts": 2, "moe_intermediate_size": 32}


def random_cases(family: str) -> list[dict[str, Any]]:
    """Return this family's cases; configurations that the class refuses are drawn again."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    fields = dict.fromkeys(CONFIG_MAPPING[family].__dataclass_fields__)
    rng = random.Random(f"{SEED}-{family}")
    found: list[dict[str, Any]] = []
    for _ in range(12 * CASES):
        values = sizes(rng, fields)
        extras(rng, fields, values)
        values["pad_token_id"] = 0
        fix(family, rng, values)
        if family in UNTIED:
            values.pop("tie_word_embeddings", None)
            values["attn_config"] = {"kv_n_heads": rng.choice([1, 2, 4]), "rope_theta": 1e4}
            values["ffn_config"] = {
                "moe_num_experts": 8,
                "moe_top_k": rng.choice([1, 4]),
                "ffn_hidden_size": 72,
            }
        try:
            total, active = build(family, values)
        except Exception as error:
            print(family, repr(error)[:120], file=sys.stderr)
            continue
        values.pop("pad_token_id")
        config = {"model_type": family, **values}
        found.append({"config": config, "total": total, "active": active})
        if len(found) == CASES:
            break
    return found


def registry_cases() -> list[dict[str, Any]]:
    """Return the registry's models whose class is in transformers."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    found = []
    for path in sorted((ROOT / "calculators/data/models").glob("*.toml")):
        for name, record in tomllib.loads(path.read_text(encoding="utf-8")).items():
            values = record["config"] | dict.fromkeys(record.get("config_null", ()))
            family = {"kimi_k2": "deepseek_v3"}.get(values["model_type"], values["model_type"])
            if family not in CONFIG_MAPPING:
                continue
            values = {key: value for key, value in values.items() if key != "model_type"}
            total, active = build(family, values)
            found.append({"model": name, "total": total, "active": active})
    return found


def main() -> None:
    """Print one case a line."""
    import transformers

    transformers.logging.set_verbosity_error()
    families = Path(__file__).with_name("families.txt").read_text().split()
    header = {"transformers": transformers.__version__, "seed": SEED}
    print(json.dumps(header))
    wanted = sys.argv[1:] or families
    for family in wanted:
        for case in random_cases(family):
            print(json.dumps(case), flush=True)
    if not sys.argv[1:]:
        for case in registry_cases():
            print(json.dumps(case), flush=True)


if __name__ == "__main__":
    main()
