"""Command lines and configurations inside a question: read by what each flag sets."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand
from bot.understanding.normalize import MAX_CHARACTERS


def read(text: str) -> dict[str, Any]:
    found = understand(text)
    assert found.problems == (), found.problems
    return {"calculator": found.calculator, **found.inputs}


def holds(text: str, expected: dict[str, Any]) -> None:
    found = read(text)
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (  # DeepSpeed's launcher: processes on one machine; the Trainer's batch is one card's
            "deepspeed --num_gpus 8 train.py --model_name_or_path meta-llama/Llama-2-7b-hf "
            "--per_device_train_batch_size 4 --gradient_accumulation_steps 8 --bf16 "
            "--deepspeed ds_z3.json 会爆显存吗，A100 80G",
            {
                "calculator": "fit",
                "model": "llama-2-7b",
                "gpu_count": 8,
                "micro_batch": 4,
                "grad_accumulation": 8,
                "dtype": "bf16",
                "zero_stage": 3,
                "mode": "train",
            },
        ),
        (  # torchrun: processes per machine times machines
            "torchrun --nproc_per_node=8 --nnodes=2 sft.py --model_name_or_path Qwen/Qwen2.5-7B "
            "--max_seq_length 4096 memory per gpu?",
            {"calculator": "training", "gpu_count": 16, "nodes": 2, "seq": 4096, "mode": "train"},
        ),
        (  # accelerate: --num_processes counts the processes of all machines
            "accelerate launch --num_processes 16 --num_machines 2 sft.py 7B 每张卡多少显存",
            {"gpu_count": 16, "nodes": 2, "params": 7e9},
        ),
        (  # the quantisation is that of the weights, the cache has a format of its own
            "vllm serve Qwen/Qwen2.5-7B-Instruct --tensor-parallel-size 4 --max-model-len 32768 "
            "--kv-cache-dtype fp8 --quantization awq\n4 张 T4 能跑吗",
            {
                "calculator": "fit",
                "model": "qwen2.5-7b",
                "tp": 4,
                "seq": 32768,
                "kv_dtype": "fp8",
                "dtype": "int4-g128",
                "mode": "infer",
            },
        ),
        (
            "llama-server -m qwen2.5-14b-instruct-Q4_K_M.gguf -c 8192 -ngl 99  要多少显存",
            {"calculator": "inference", "model": "qwen2.5-14b", "seq": 8192, "dtype": "q4_k_m"},
        ),
        (
            '{"zero_optimization": {"stage": 2, "offload_optimizer": {"device": "cpu"}}, '
            '"fp16": {"enabled": true}, "bf16": {"enabled": false}, '
            '"train_micro_batch_size_per_gpu": 1} llama-2-7b on 4 x 3090, does it fit?',
            {
                "calculator": "fit",
                "zero_stage": 2,
                "offload": "optimizer",
                "dtype": "fp16",
                "micro_batch": 1,
                "gpu_count": 4,
            },
        ),
        (
            "TrainingArguments(per_device_train_batch_size=8, bf16=True, "
            "gradient_checkpointing=True, optim='paged_adamw_8bit', learning_rate=2e-5) "
            "llama-3-8b 全参，8 张 H100，会 OOM 吗",
            {"micro_batch": 8, "checkpointing": "full", "optimizer": "adamw_8bit"},
        ),
        (
            "LoraConfig(r=64, lora_alpha=16, target_modules='all-linear') llama-2-13b vram?",
            {"lora_rank": 64, "method": "lora", "lora_targets": "all-linear"},
        ),
        (
            "from_pretrained('Qwen/Qwen2.5-14B-Instruct', quantization_config="
            "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_use_double_quant=True)) 要多少显存",
            {"model": "qwen2.5-14b", "dtype": "nf4-dq"},
        ),
        (
            "model_name_or_path: Qwen/Qwen2.5-14B\nfinetuning_type: full\ncutoff_len: 2048\n"
            "per_device_train_batch_size: 1\nbf16: true\nwarmup_ratio: 0.1\n8 卡 A800 能跑吗",
            {"method": "full", "seq": 2048, "micro_batch": 1, "gpu_count": 8, "dtype": "bf16"},
        ),
        (
            "CUDA_VISIBLE_DEVICES=0,1 vllm serve /data/models/Qwen2.5-32B -tp 2, 4090 够吗",
            {"model": "qwen2.5-32b", "gpu_count": 2, "tp": 2},
        ),
        ("ollama run qwen2.5:14b 需要多少显存", {"model": "qwen2.5-14b", "dtype": "q4_k_m"}),
    ],
)
def test_flags_say_what_they_set(text: str, expected: dict[str, Any]) -> None:
    holds(text, expected)
    holds(text.upper(), expected)
    holds(text.replace(" ", "  "), expected)


def test_a_typographic_dash_is_a_flag_too() -> None:
    holds(
        "vllm serve Qwen/Qwen2.5-7B \u2014max-model-len 8192 on a 4090, fits?",
        {"calculator": "fit", "seq": 8192, "gpu": "RTX 4090"},
    )


def test_unknown_flags_are_named_and_their_values_are_nobodys_numbers() -> None:
    found = understand(
        "python train.py --learning_rate 1e-4 --port 29500 --save_steps 2048 --seed 42 "
        "--output_dir out-13b 7B 全参 8 卡 A100 每张卡多少显存"
    )
    assert found.ignored == ("--learning_rate", "--port", "--save_steps", "--seed", "--output_dir")
    assert found.inputs["params"] == 7e9
    assert found.inputs["gpu_count"] == 8
    assert not {"seq", "batch"} & found.inputs.keys()


def test_a_switch_does_not_swallow_the_cards_behind_it() -> None:
    for flag in ("--trust-remote-code", "--some-new-switch"):
        found = understand(f"vllm serve Qwen/Qwen2.5-32B {flag} 2 x A100 fits?")
        assert found.inputs["gpu_count"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "torchrun --nproc_per_node 8 train.py llama-2-7b 单张 A100 够吗",
        "--per_device_train_batch_size 4 llama-2-7b 全参 8×A100，batch size 每卡 8，每卡多少显存",
    ],
)
def test_flags_that_contradict_the_sentence_are_asked_back(text: str) -> None:
    assert [problem.code for problem in understand(text).problems] == ["contradiction"]


def test_without_a_model_the_model_is_asked_back() -> None:
    found = understand(
        "pretrain_gpt.py --tensor-model-parallel-size 8 --num-layers 80 --hidden-size 8192 "
        "--seq-length 4096 --micro-batch-size 1 on 64 A100, memory per gpu?"
    )
    assert [(problem.code, problem.field) for problem in found.problems] == [("missing", "params")]
    assert found.ignored == ("--num-layers", "--hidden-size")


@pytest.mark.parametrize(
    "text",
    [
        "zero_stage=3, bs=4, 7B 全参 8 卡每卡多少显存",
        "7B full finetune: bf16 -- how much per card on 8 gpus?",
        "A100(80G) 上 llama-2-7b 推理(bs=4) 显存",
    ],
)
def test_a_sentence_is_not_taken_for_a_command(text: str) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.ignored == ()
    assert found.calculator in ("training", "inference")


@pytest.mark.parametrize("piece", ["--a ", "a=", '"a": {', "-c 1 ", "a: b\n", "--num_gpus "])
def test_of_a_long_almost_command_only_the_ends_are_read(piece: str) -> None:
    assert len(understand(piece * 20_000).text) <= MAX_CHARACTERS + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("srun -N 4 --gres=gpu:8 python pretrain.py llama-2-7b 每卡显存", {"gpu_count": 32}),
        ("train.py --gpus 0,1,2,3 llama-2-7b 每张卡占多少", {"gpu_count": 4}),
        ("deepspeed --include localhost:0,1 train.py 7B 每卡显存", {"gpu_count": 2}),
        (
            'os.environ["CUDA_VISIBLE_DEVICES"]="0,1" llama-2-13b fp16 推理 24G 卡够吗',
            {"gpu_count": 2},
        ),
        ("llama-cli -m x-7b.gguf -fa 4090 跑得动 llama-2-7b 吗", {"gpu": "RTX 4090"}),
        ("GPTQConfig(bits=4, group_size=128) Qwen2.5-14B 显存", {"dtype": "int4-g128"}),
        ("train.py --zero_stage 3 --offload 7B 2 张 3090 会爆吗", {"offload": "optimizer"}),
        (
            "LLM(model='mistralai/Mistral-7B-Instruct-v0.2', dtype='half') T4 够吗",
            {"model": "mistral-7b-v0.2"},
        ),
        ("--use_lora True --q_lora True Qwen2.5-32B 8×A100 够吗", {"method": "qlora"}),
        ("GPTQConfig(bits=8) Qwen2.5-14B 显存", {"dtype": "int8-g128"}),
        (  # Megatron's distributed optimizer shards the states: ZeRO's stage 1
            "--use-distributed-optimizer --tensor-model-parallel-size 2 llama-2-70b 32 H100 "
            "per gpu memory",
            {"calculator": "training", "zero_stage": 1, "mode": "train"},
        ),
        ("--fp8 --tp 8 llama-3.1-405b 8 H100 够吗", {"dtype": "fp8", "mode": "infer"}),
        (
            'train.py {"train_batch_size": 64, "gradient_accumulation_steps": 4} llama-2-7b '
            "8 x A100 每卡显存",  # 64 / (8 × 4)
            {"micro_batch": 2, "global_batch": 64},
        ),
        ("Qwen2.5-7B-Instruct-AWQ 的 kv cache，32k 上下文要多少", {"kv_dtype": None}),
        ("Qwen2.5-7B-Instruct-FP8 的 kv cache，32k 上下文要多少", {"kv_dtype": None}),
    ],
)
def test_counts_formats_and_names_of_other_tools(text: str, expected: dict[str, Any]) -> None:
    holds(text, expected)


@pytest.mark.parametrize(
    "text", ["每秒 50 个请求，qwen2.5-7b 要几张 A100", "50 requests/s, 7B, how many A100s"]
)
def test_requests_that_arrive_are_not_those_at_once(text: str) -> None:
    assert [problem.code for problem in understand(text).problems] == ["ambiguous"]


def test_the_largest_model_to_train_is_asked() -> None:
    assert understand("8 卡能训多大的模型，A100").inputs["mode"] == "train"
