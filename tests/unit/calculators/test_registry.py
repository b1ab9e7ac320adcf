"""Finding models, cards and formats by the names people write, and refusing the rest."""

from __future__ import annotations

import pytest

from calculators.errors import ContradictoryRequest, UnknownName
from calculators.registry import (
    all_aliases,
    choose_gpu,
    find_format,
    find_gpu,
    find_model,
    formats,
    gpus,
    models,
)

GIB = 2**30


def test_the_registries_are_wide_and_sourced() -> None:
    assert len(models()) >= 150
    assert len(gpus()) >= 60
    assert len(formats()) >= 45
    for record in (*models(), *gpus(), *formats()):
        assert record.source.strip()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("llama-7b", "llama-7b"),
        ("LLaMA 65B", "llama-65b"),
        ("llama30b", "llama-33b"),
        ("Llama-2-70B", "llama-2-70b"),
        ("llama2 70b", "llama-2-70b"),
        ("meta-llama/Llama-2-70b-chat-hf", "llama-2-70b"),
        ("Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("vicuna-65b", "llama-65b"),
        ("Vicuna 13B v1.5", "llama-2-13b"),
        ("羊驼 7B", "llama-7b"),
        ("ｌｌａｍａ－７ｂ", "llama-7b"),
        ("千问2.5-72B", "qwen2.5-72b"),
        ("通义千问 72B", "qwen2.5-72b"),
        ("Qwen/Qwen2.5-7B-Instruct-AWQ", "qwen2.5-7b"),
        ("QwQ-32B", "qwen2.5-32b"),
        ("Qwen3-30B-A3B", "qwen3-30b-a3b"),
        ("书生20B", "internlm-20b"),
        ("百川2-13B", "baichuan2-13b"),
        ("deepseek r1", "deepseek-r1"),
        ("DeepSeek-R1-Distill-Qwen-7B", "deepseek-r1-distill-qwen-7b"),
        ("深度求索 V3", "deepseek-v3"),
        ("Mixtral 8x7B", "mixtral-8x7b"),
        ("mistral-7b-instruct-v0.3", "mistral-7b"),
        ("mistral-7b-instruct", "mistral-7b"),
        ("mistral-7b-instruct-v0.1", "mistral-7b-v0.1"),
        ("GPT-3", "gpt-3-175b"),
        ("gpt-oss-120b", "gpt-oss-120b"),
        ("ChatGLM3-6B", "chatglm3-6b"),
        ("Command-R+", "command-r-plus"),
    ],
)
def test_models_are_found_by_any_spelling(name: str, expected: str) -> None:
    assert find_model(name).id == expected


def test_a_2_and_a_7b_are_not_a_27b() -> None:
    assert find_model("gemma-2-27b").id == "gemma-2-27b"
    with pytest.raises(UnknownName):
        find_model("gemma-2-7b")


def test_the_faqs_llama_6b_has_the_shape_of_7b_and_counts_6e9() -> None:
    model = find_model("LLaMA-6B")
    assert model.rule_params == 6e9
    assert model.architecture.parameters_total == 6_738_415_616


def test_an_unknown_model_offers_the_nearest() -> None:
    with pytest.raises(UnknownName) as error:
        find_model("lama-2-7b")
    assert "Llama-2-7B" in error.value.nearest
    assert "Llama-2-7B" in error.value.text.zh


@pytest.mark.parametrize("name", ["", "   ", "x" * 5000, "'; DROP TABLE", "10**10**10", "\x00"])
def test_nonsense_is_an_unknown_name(name: str) -> None:
    for find in (find_model, find_gpu, find_format):
        with pytest.raises(UnknownName):
            find(name)


@pytest.mark.parametrize(
    ("name", "memory_bytes", "expected"),
    [
        ("4090", None, "rtx-4090-24gb"),
        ("RTX4090", None, "rtx-4090-24gb"),
        ("RTX 4090 24 GB", None, "rtx-4090-24gb"),
        ("NVIDIA GeForce RTX 3090", None, "rtx-3090-24gb"),
        ("3090 Ti", None, "rtx-3090-ti-24gb"),
        ("A100", None, "a100-80gb-sxm"),
        ("A100", 40e9, "a100-40gb-sxm"),
        ("A100", 40 * GIB, "a100-40gb-sxm"),
        ("A100-40G", None, "a100-40gb-sxm"),
        ("A100 80GB PCIe", None, "a100-80gb-pcie"),
        ("a100 pcie", 40e9, "a100-40gb-pcie"),
        ("NVIDIA A100-SXM4-80GB", None, "a100-80gb-sxm"),
        ("V100", 32e9, "v100-32gb"),
        ("V100", 16e9, "v100-16gb"),
        ("Tesla V100-SXM2-32GB", None, "v100-32gb"),
        ("H100", None, "h100-80gb-sxm"),
        ("NVIDIA H100 80GB HBM3", None, "h100-80gb-sxm"),
        ("H100 NVL", None, "h100-94gb-nvl"),
        ("B200", 192e9, "b200-180gb"),
        ("4060ti", 8e9, "rtx-4060-ti-8gb"),
        ("昇腾910B", None, "ascend-910b-64gb"),
        ("华为 昇腾 910B", None, "ascend-910b-64gb"),
        ("RTX A6000", None, "rtx-a6000-48gb"),
        ("A6000", 48e9, "rtx-a6000-48gb"),
        ("RTX 6000 Ada", None, "rtx-6000-ada-48gb"),
    ],
)
def test_cards_are_found_by_any_spelling(
    name: str, memory_bytes: float | None, expected: str
) -> None:
    assert find_gpu(name, memory_bytes).id == expected


@pytest.mark.parametrize(
    ("name", "memory_bytes"),
    [("A100", 24e9), ("A100 24G", None), ("H100", 40e9), ("V100 80G", None), ("A100-40G", 80e9)],
)
def test_a_card_that_does_not_exist_with_that_memory_is_a_contradiction(
    name: str, memory_bytes: float | None
) -> None:
    with pytest.raises(ContradictoryRequest) as error:
        find_gpu(name, memory_bytes)
    assert "GB" in error.value.text.zh


def test_an_assumed_variant_is_told() -> None:
    assert choose_gpu("V100").assumed
    assert choose_gpu("A100").assumed
    assert not choose_gpu("V100-32G").assumed
    assert not choose_gpu("L40S").assumed


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("半精度", "fp16"),
        ("BF16", "bf16"),
        ("float32", "fp32"),
        ("8-bit", "int8"),
        ("4bit", "int4"),
        ("gptq", "int4-g128"),
        ("AWQ", "int4-g128"),
        ("Q4_K_M", "q4_k_m"),
        ("q4-k-m", "q4_k_m"),
        ("nf4-dq", "nf4-dq"),
        ("mxfp4", "mxfp4"),
    ],
)
def test_formats_are_found_by_any_spelling(name: str, expected: str) -> None:
    assert find_format(name).id == expected


@pytest.mark.parametrize("kind", ["model", "gpu", "format"])
def test_every_alias_leads_to_its_record(kind: str) -> None:
    find = {"model": find_model, "gpu": find_gpu, "format": find_format}[kind]
    wrong = {
        alias: (find(alias).id, key) for alias, key in all_aliases(kind) if find(alias).id != key
    }
    assert wrong == {}
