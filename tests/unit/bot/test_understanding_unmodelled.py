"""Ways of training that no calculator models are asked back, in both languages."""

import pytest

from bot.understanding.understand import understand


def code(text, context=None):
    return [problem.code for problem in understand(text, context).problems]


@pytest.mark.parametrize(
    "text",
    [
        "memory for 7b ppo",
        "rlhf 13b on 8 a100 80g",
        "dpo 7b full fine-tune, 4×A100?",
        "GRPO 7B 8 张 H100 够吗",
        "7b 强化学习要多少显存",
        "dpo 一个 7b 全参大概多少显存",
        "把 70b 蒸馏到 7b 要多少显存",
    ],
)
def test_what_holds_further_models_is_asked_back(text):
    assert code(text) == ["other_models"]


@pytest.mark.parametrize(
    "text",
    [
        "chatglm3-6b p-tuning 显存",
        "13b prefix tuning on 24g",
        "prompt-tuning a 7b: how much memory?",
        "dora r=16 7b memory",
        "7b freeze the first 20 layers memory",
        "冻结前 20 层训 7b 要多少显存",
        "7B 量化感知训练显存",
    ],
)
def test_what_trains_other_tensors_is_asked_back(text):
    assert code(text) == ["other_method"]


def test_the_choices_are_valid_questions():
    (problem,) = understand("prefix tuning of a 13b on 24g").problems
    assert problem.choices == ("full training 13b", "LoRA 13b")
    for choice in problem.choices:
        again = understand(choice)
        assert not again.problems
        assert again.inputs["params"] == 13e9


@pytest.mark.parametrize("text", ["7b sft on 8 a100", "7b lora 显存", "13b qlora on 24g"])
def test_the_modelled_ways_are_calculated(text):
    assert not code(text)


@pytest.mark.parametrize("text", ["what is dpo?", "什么是 p-tuning"])
def test_without_a_model_nothing_is_asked_back(text):
    assert not code(text)


@pytest.mark.parametrize(
    "text",
    [
        "how much host memory do I need to load a 70b",
        "cpu ram for 13b inference?",
        "llama 7b 推理需要多少 CPU 内存",
    ],
)
def test_host_memory_without_offloading_is_asked_back(text):
    assert code(text) == ["host_memory"]


@pytest.mark.parametrize(
    "text",
    [
        "how much host ram for 13b zero3 offload on 4 gpus",
        "7b lora on a 4090 with 64GB host ram",
        "ram for 7b fp16",
        "7b 推理要多少内存",
    ],
)
def test_offloading_a_stated_size_and_ram_alone_are_not(text):
    assert not code(text)


@pytest.mark.parametrize(
    ("text", "mode"), [("zero offload 7b 需要多少内存", "train"), ("offload 7b inference", "infer")]
)
def test_offloading_by_zero_is_training(text, mode):
    assert understand(text).inputs["mode"] == mode


@pytest.mark.parametrize(
    "text",
    [
        "70b minus optimizer, training memory",
        "7B 训练显存，不算优化器",
        "7B 训练不包括优化器",
        "7B 训练除梯度外要多少显存",
        "training llama-2-7b without activations",
        "llama-2-7b fp16 推理显存，不算 CUDA context",
        "llama-2-7b fp16 inference memory minus the CUDA context",
        "去掉 CUDA 上下文，llama-2-7b fp16 推理要多少",
        "llama-2-7b fp16 推理不含 KV 缓存",
        "7B fp16 inference memory at 4k context excluding KV cache",
    ],
)
def test_a_part_is_not_taken_out_of_the_whole(text):
    (problem,) = understand(text).problems
    assert problem.code == "part_left_out"
    for choice in problem.choices:
        assert not understand(choice).problems


@pytest.mark.parametrize(
    "text",
    [
        "7b adamw training, GB before activations?",
        "7B 训练显存，不含激活",
        "7B training memory apart from activations",
    ],
)
def test_the_rule_leaves_out_activations_anyway(text):
    read = understand(text)
    assert read.calculator == "training"
    assert not read.problems


@pytest.mark.parametrize(
    "text",
    [
        "7B fp16 推理不含 KV 缓存",
        "7B fp16 inference memory excluding KV cache",
        "去掉 CUDA 上下文，7B fp16 推理要多少",
    ],
)
def test_the_rule_for_inference_is_of_the_weights_alone(text):
    read = understand(text)
    assert read.calculator == "inference"
    assert not read.problems


@pytest.mark.parametrize(
    "text", ["除了权重，llama-3-8b 8k KV cache 多少", "llama-2-7b KV cache at 4k excluding weights"]
)
def test_a_part_asked_for_beside_others_is_given(text):
    read = understand(text)
    assert read.calculator == "kv_cache"
    assert not read.problems


@pytest.mark.parametrize(
    "text",
    [
        "llama-2-7b 推理，fp16，除了权重还要多少显存？总共呢",
        "llama-2-7b inference fp16, how much besides the weights? and in total?",
    ],
)
def test_a_total_that_is_asked_for_too_is_given(text):
    read = understand(text)
    assert read.calculator == "inference"
    assert not read.problems


def test_a_total_less_a_part_is_asked_back():
    (problem,) = understand("llama-2-7b 推理总共要多少显存，不含 KV 缓存？").problems
    assert problem.code == "part_left_out"
