"""Cards: capacities, peaks, and what they can run. Figures from the makers' datasheets."""

from __future__ import annotations

import pytest

from calculators.registry import find_gpu, gpus

MIB = 2**20


def test_capacity_is_what_the_driver_reports_not_the_name() -> None:
    a100 = find_gpu("A100")
    assert a100.nominal_bytes == 80e9
    assert a100.capacity_bytes == 81920 * MIB  # nvidia-smi
    assert find_gpu("V100", 32e9).capacity_bytes == 32510 * MIB
    assert find_gpu("A40").memory_mib == 46068  # ECC on: less than the 48 GB of its name


@pytest.mark.parametrize(
    ("name", "number_format", "peak"),
    [
        ("A100", "fp16", 312e12),
        ("A100", "tf32", 156e12),
        ("A100", "fp32", 19.5e12),
        ("A100", "int8", 624e12),
        ("V100", "fp16", 125e12),
        ("H100", "bf16", 989.4e12),
        ("H100", "fp8", 1978.9e12),
        ("L40S", "fp16", 362.05e12),
        ("RTX 4090", "bf16", 165.2e12),
        ("H20", "bf16", 148e12),
    ],
)
def test_dense_peaks(name: str, number_format: str, peak: float) -> None:
    assert find_gpu(name).peak_flops(number_format) == peak


def test_a_card_has_no_peak_in_a_format_it_lacks() -> None:
    assert find_gpu("V100").peak_flops("bf16") is None
    assert find_gpu("A100").peak_flops("fp8") is None


@pytest.mark.parametrize(
    ("name", "bf16", "fp8", "flash", "tensor"),
    [
        ("P100", False, False, None, False),
        ("V100", False, False, None, True),
        ("T4", False, False, 1, True),
        ("A100", True, False, 2, True),
        ("RTX 3090", True, False, 2, True),
        ("RTX 4090", True, True, 2, True),
        ("H100", True, True, 3, True),
        ("B200", True, True, 2, True),
    ],
)
def test_what_runs_follows_from_the_compute_capability(
    name: str, bf16: bool, fp8: bool, flash: int | None, tensor: bool
) -> None:
    gpu = find_gpu(name)
    assert gpu.supports_bf16 is bf16
    assert gpu.supports_fp8 is fp8
    assert gpu.flash_attention_version == flash
    assert gpu.has_tensor_cores is tensor
    assert gpu.supports_efficient_attention
    assert gpu.training_format == ("bf16" if bf16 else "fp16")


def test_links_between_cards() -> None:
    assert find_gpu("A100").link_bytes_per_s == 300e9  # 600 GB/s both ways
    assert find_gpu("A800").link_bytes_per_s == 200e9
    assert find_gpu("A100 PCIe").nvlink == 600e9  # through a bridge, between two cards only
    assert find_gpu("A100 PCIe").link_bytes_per_s == 31.5e9
    assert find_gpu("RTX 4090").link.en == "PCIe 4.0 x16"
    assert find_gpu("RTX 4090").link_bytes_per_s == 31.5e9


def test_records_are_plausible() -> None:
    for gpu in gpus():
        assert 0.93 < gpu.capacity_bytes / (gpu.memory_gb * 2**30) < 1.06, gpu.id
        assert 2000 < gpu.year < 2030
        assert gpu.bandwidth > 1e11
        assert gpu.peak
        assert gpu.is_nvidia == (gpu.compute_capability is not None)
        if gpu.is_nvidia:
            assert ("bf16" in gpu.peak) == gpu.supports_bf16, gpu.id
            assert ("fp8" in gpu.peak) == gpu.supports_fp8, gpu.id


def test_each_card_has_one_default_variant() -> None:
    cards = {gpu.card for gpu in gpus()}
    defaults = [gpu.card for gpu in gpus() if gpu.default]
    assert sorted(defaults) == sorted(cards)
