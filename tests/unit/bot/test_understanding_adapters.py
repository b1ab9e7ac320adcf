"""What LoRA is put on: by module, by letter, the attention's or the MLP's, every linear layer."""

import pytest

from bot.understanding.understand import understand

ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
MLP = ["gate_proj", "up_proj", "down_proj"]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("llama-2-7b lora r=16 on q,k,v,o memory", ATTENTION),
        ("llama-2-7b lora r=16 q/k/v 显存多少", ATTENTION[:3]),
        ("llama-2-7b lora qkvo vram", ATTENTION),
        ("llama-2-7b lora r 16 q_proj v_proj 显存", ["q_proj", "v_proj"]),
        ("llama-2-7b lora attention only memory", ATTENTION),
        ("llama-2-7b lora 只加在注意力层 显存", ATTENTION),
        ("lora on gate/up/down only, llama-2-7b r 16: vram?", MLP),
        ("llama-2-7b lora r16 只挂 gate up down，显存？", MLP),
        ("llama-2-7b lora mlp层 r=8 显存", MLP),
        ("7b lora on q and v, vram", ["q_proj", "v_proj"]),
        ("llama-2-7b lora r 8 on attention and mlp, vram?", "all-linear"),
        ("7b lora all linear vram", "all-linear"),
        ("chatglm3-6b lora qkv 显存", ["query_key_value"]),
        ("phi-2 lora attention only memory", ["q_proj", "k_proj", "v_proj", "dense"]),
        ("baichuan2-13b lora W_pack r 8 显存", ["W_pack"]),
    ],
)
def test_the_targets_are_the_model_s_own_layers(text, targets):
    read = understand(text)
    assert read.calculator == "training"
    assert read.request["lora"]["targets"] == targets
    assert not read.problems


@pytest.mark.parametrize("text", ["7b kv cache 4k", "k/v cache of llama-2-7b at 4k"])
def test_keys_and_values_of_a_cache_are_no_targets(text):
    assert understand(text).calculator == "kv_cache"


def test_nothing_is_put_anywhere_without_lora():
    assert "lora_targets" not in understand("full finetune 7b, q_proj v_proj?").inputs
