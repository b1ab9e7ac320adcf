"""Which reader understands which ``model_type`` or architecture class."""

from __future__ import annotations

from collections.abc import Callable

from calculators.architecture.families import latent, llama, mixture
from calculators.architecture.keys import Keys
from calculators.architecture.model import Architecture

Reader = Callable[[Keys], Architecture]

READERS: dict[str, Reader] = {
    "llama": llama.read_llama,
    "mistral": llama.read_mistral,
    "qwen2": llama.read_qwen2,
    "qwen3": llama.read_qwen3,
    "mixtral": mixture.read_mixtral,
    "qwen2_moe": mixture.read_qwen_moe,
    "qwen3_moe": mixture.read_qwen_moe,
    "deepseek_v2": latent.read_deepseek,
    "deepseek_v3": latent.read_deepseek,
}

TYPE_ALIASES = {
    "kimi_k2": "deepseek_v3",
    "yi": "llama",
    "internlm3": "llama",
}

CLASSES = {
    "LlamaForCausalLM": "llama",
    "LLaMAForCausalLM": "llama",
    "YiForCausalLM": "llama",
    "MistralForCausalLM": "mistral",
    "MixtralForCausalLM": "mixtral",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "Qwen2MoeForCausalLM": "qwen2_moe",
    "Qwen3MoeForCausalLM": "qwen3_moe",
    "DeepseekV2ForCausalLM": "deepseek_v2",
    "DeepseekV3ForCausalLM": "deepseek_v3",
}
