"""Pasted output of tools: recognised, never calculated with, and the entry that explains it."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.understanding import understand
from bot.understanding.normalize import MAX_CHARACTERS

# Tool, the entry that explains its output, and a few lines of output.
_OUTPUT = {
    "nvidia-smi": (
        "gpu-model",
        "|   0  Tesla V100-SXM2-32GB           On  |   00000000:1A:00.0 Off |            0 |\n"
        "| N/A   45C    P0              55W / 300W |  20480MiB / 32768MiB |      0%  Default |",
    ),
    "nvidia-smi-L": (
        "gpu-model",
        "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5c8f1e2a-1111-2222-3333-444455556666)",
    ),
    "npu-smi": (
        "gpu-model",
        "| npu-smi 23.0.rc3                 Version: 23.0.rc3                           |\n"
        "| 0     910B3               | OK            | 93.2        41              0 / 0 |",
    ),
    "dmon": (
        "gpu-utilization",
        "# gpu   sm   mem   enc   dec\n# Idx    %     %     %     %\n    0   97    43     0     0",
    ),
    "oom": (
        "estimate-memory",
        "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a "
        "total capacity of 79.15 GiB of which 1.12 GiB is free.",
    ),
    "topo": (
        "nvlink-topology",
        "\tGPU0\tGPU1\tNIC0\tCPU Affinity\nGPU0\t X \tPIX\tNODE\t0-23\nGPU1\tPIX\t X \tNODE\t0-23",
    ),
    "ds_report": (
        "deepspeed-environment",
        "DeepSpeed general environment info:\ntorch version .................... 2.1.0+cu118\n"
        "deepspeed info ................... 0.12.6, unknown, unknown",
    ),
    "nvcc": (
        "deepspeed-environment",
        "Cuda compilation tools, release 12.1, V12.1.105\nBuild cuda_12.1.r12.1",
    ),
    "collect_env": (
        "deepspeed-environment",
        "PyTorch version: 2.3.0+cu121\nIs debug build: False\nCUDA used to build PyTorch: 12.1",
    ),
    "nccl-tests": (
        "communication-overhead",
        "   1073741824     268435456     float     sum      -1    98213   10.93   20.50      0\n"
        "# Avg bus bandwidth    : 20.51",
    ),
    "iperf": (
        "network-speed",
        "[  5]   0.00-10.00  sec  10.9 GBytes  9.41 Gbits/sec    0             sender\n"
        "[  5]   0.00-10.04  sec  10.9 GBytes  9.38 Gbits/sec                  receiver",
    ),
    "ibstat": (
        "network-speed",
        "CA 'mlx5_0'\n\tCA type: MT4129\n\tPort 1:\n\t\tPhysical state: LinkUp\n\t\tRate: 400",
    ),
    "serving-log": (
        "inference-memory",
        "INFO 05-12 10:22:31 Loading model weights took 14.2487 GB\n"
        "INFO 05-12 10:22:40 # GPU blocks: 27897, # CPU blocks: 4681",
    ),
    "nvidia-smi-q": (
        "gpu-model",
        "    FB Memory Usage\n        Total                             : 81920 MiB\n"
        "        Used                              : 71234 MiB",
    ),
    "zero-estimate": (
        "training-memory",
        "SW: Model with 6738M total params, 131M largest layer params.\n"
        "  per CPU  |  per GPU |   Options\n  169.45GB |   0.49GB | offload_param=cpu",
    ),
    "pip": (
        "deepspeed-environment",
        "torch                    2.3.0\ntransformers             4.44.2\ndeepspeed    0.14.4",
    ),
    "ethtool": (
        "network-speed",
        "Settings for eth0:\n\tSpeed: 100000Mb/s\n\tDuplex: Full",
    ),
    "training-log": (
        "gpu-utilization-throughput",
        "step 1200 loss 2.31 lr 2.9e-05 tokens/s 48211 mfu 41.2%\n"
        "step 1210 loss 2.30 lr 2.9e-05 tokens/s 48190 mfu 41.1%\n"
        "step 1220 loss 2.33 lr 2.9e-05 tokens/s 48300 mfu 41.3%",
    ),
}


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer()


@pytest.mark.parametrize(
    "words", ["", "训 7B 时是这样，8 卡 A100 够吗\n", "can a 13B still fit?\n"]
)
@pytest.mark.parametrize("tool", _OUTPUT)
def test_output_is_explained_by_its_entry(answerer: Answerer, tool: str, words: str) -> None:
    entry, output = _OUTPUT[tool]
    for text in (words + output, (words + output).upper(), output + "\n" + words):
        answer = answerer.answer(Question(text))
        assert answer.kind == "diagnosis"
        assert answer.calculation is None
        assert answer.entry is not None
        assert answer.entry.id == entry


def test_lines_of_an_unknown_log_are_no_question() -> None:
    found = understand(
        "2024-05-12 10:22:31 worker 3 of 8 started, 80 GB\n"
        "2024-05-12 10:22:32 model 7B loaded\n"
        "2024-05-12 10:22:33 batch 4 done\n7B 8 卡能跑吗"
    )
    assert (found.special, found.inputs) == ("paste", {"tool": "log"})


@pytest.mark.parametrize(
    "text",
    [
        "Filesystem      Size  Used Avail Use% Mounted on\n"
        "/dev/nvme0n1    7.0T  6.1T  900G  88% /data\n放得下 70B 的权重吗",
        "              total        used        free      shared\nMem:    1007Gi   112Gi   700Gi",
        "JOBID PARTITION     NAME     USER ST       TIME  NODES\n12345   gpu  train7b  a R 1-02 4",
        "[rank0]: ValueError: Attempting to unscale FP16 gradients.",
        "ERROR: torch.distributed.elastic.multiprocessing.api:failed\n训 70B 8 卡 A100",
    ],
)
def test_output_that_no_entry_explains_is_no_question_either(answerer: Answerer, text: str) -> None:
    answer = answerer.answer(Question(text))
    assert answer.kind == "diagnosis"
    assert answer.calculation is None
    assert answer.entry is None


@pytest.mark.parametrize(
    "text",
    [
        "nvidia-smi --query-gpu=utilization.gpu,memory.used --format=csv 是什么意思",
        "GPU 0 和 GPU 1 之间是 NV12 还是 PIX，怎么看",
        "7B 训练\n8 卡 A100\nzero3\n每卡多少显存",
        "model: 7B\ngpu: 8 x A100\nseq: 4096\nhow much memory per gpu?",
        "what does 'loss is nan' mean",
        "| 7B | 8 卡 | 够吗",
    ],
)
def test_what_people_write_is_no_output(text: str) -> None:
    assert understand(text).special != "paste"


@pytest.mark.parametrize("piece", ["|", "\n", "GPU0 ", "torch....", "0 - ", "12%|", "[1] "])
def test_of_long_almost_output_only_the_ends_are_read(piece: str) -> None:
    assert len(understand("\n" + piece * 9_000).text) <= MAX_CHARACTERS + 1
