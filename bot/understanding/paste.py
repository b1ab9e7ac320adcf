"""Recognises the output of tools that people paste instead of a question."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

# Output is known by its head or, as an error, by its end.
_HEAD, _END = 6_000, 2_000
_FLAGS = re.IGNORECASE | re.MULTILINE


class _Tool(NamedTuple):
    """A tool: marks of its output, of which two are wanted, and marks that no sentence has."""

    name: str
    marks: str = ""
    certain: str = ""


# The first tool with enough marks is taken.
_TOOLS = (
    _Tool(
        "oom",
        certain=r"tried to allocate [\d.]+ ?[mgk]i?b|torch\.(?:cuda\.)?outofmemoryerror"
        r"|reserved in total by pytorch|gib already allocated|npu out of memory\. tried"
        r"|cuda(?:_| )error.{0,40}out of memory|no available memory for the cache blocks",
    ),
    _Tool(
        "topo",
        r"GPU0\s{1,20}GPU1|CPU Affinity\s{1,20}NUMA|^\s{0,8}GPU\d\s"
        r"|(?:NV\d{1,2}|PIX|PXB|PHB|SYS|NODE)\s{1,20}(?:NV\d{1,2}|PIX|PXB|PHB|SYS|NODE|X)(?!\w)"
        r"|traversing (?:PCIe|multiple|a single|at most)",
        r"GPU0\s{1,20}GPU1\s{1,20}\S|(?:NV\d{1,2}|PXB|PHB|SYS)\s{1,20}(?:NV\d{1,2}|PXB|PHB|SYS)\s",
    ),
    _Tool(
        "zero-estimate",
        certain=r"per CPU {1,4}\| {1,4}per GPU|Estimated memory needed for params, optim",
    ),
    _Tool("nvlink", certain=r"^ {0,8}Link \d{1,2}: [\d.]{1,6} GB/s"),
    _Tool(
        "lspci",
        certain=r"[\da-f]{2}:\d\d\.\d (?:3D|VGA)[^\n:]{0,30}controller|Xid {1,4}\(PCI:",
    ),
    _Tool(
        "nvidia-smi-q",
        r"FB Memory Usage|BAR1 Memory Usage|^ {2,12}(?:Total|Reserved|Used|Free) {2,40}: \d+ MiB"
        r"|Attached GPUs {2,40}:|Product Name {2,40}:|Max Clocks$",
    ),
    _Tool(
        "nvidia-smi-L",
        certain=r"GPU \d{1,2}: [^\n(]{3,60} \(UUID: ",
    ),
    _Tool(
        "npu-smi",
        r"HBM-Usage|AICore ?\(%\)|Hugepages-Usage|910B\d? {0,20}\| {0,4}OK",
        r"npu-smi \d{2}\.\d",
    ),
    _Tool(
        "rocm-smi",
        r"SCLK\s+MCLK|VRAM%|ROCm System Management|GPU\[\d\]\s{0,4}:",
    ),
    _Tool(
        "nvidia-smi",
        r"Volatile Uncorr|Persistence-M|Pwr:Usage/Cap|\d{1,6}MiB ?/ ?\d{1,6}MiB"
        r"|\d{1,4}W ?/ ?\d{1,4}W|GPU-Util +Compute"
        r"|[\da-f]{8}:[\da-f]{2}:[\da-f]{2}\.\d|\bP\d\s+\d{1,4}W|Disp\.A"
        r"|\d{1,3}% {1,12}Default|^\s{0,8}\|? {0,8}\d {1,9}N/A {1,6}N/A"
        r"|utilization\.gpu \[%\]|memory\.used \[MiB\]",
        r"NVIDIA-SMI {1,4}\d{3}",
    ),
    _Tool(
        "dmon",
        r"# gpu +(?:pwr|sm)\b|# Idx +|\bsm +mem +enc|^\s{0,4}\d{1,2}( +(?:\d{1,4}|-)){5,}\s*$",
    ),
    _Tool(
        "gpustat",
        certain=r"\[\d{1,2}\] [^\n|]{3,40}\| ?\d{1,3}\D{1,3}C, {1,4}\d{1,3} %",
    ),
    _Tool(
        "ds_report",
        r"DeepSpeed C\+\+/CUDA extension|op name \.{3,}|ninja \.{3,}|\.{4,80} ?\[(?:OKAY|YES|NO)\]"
        r"|DeepSpeed general environment"
        r"|(?:torch|deepspeed|nvcc|cuda|wheel)[^\n.]{0,40} \.{4,80} ?\S",
    ),
    _Tool(
        "nvcc",
        r"Built on \w{3}_|Copyright \(c\) [\d-]{4,9} NVIDIA|Build cuda_\d",
        r"Cuda compiler driver|Cuda compilation tools, release",
    ),
    _Tool(
        "pip",
        r"^(?:torch|transformers|deepspeed|flash[-_]attn|accelerate|vllm|xformers|numpy|triton"
        r"|bitsandbytes|peft|trl|sglang|apex|megatron-core)(?: {2,40}|==)\d{1,4}\.\d",
    ),
    _Tool(
        "collect_env",
        r"^Is debug build:|^CUDA used to build PyTorch|^GPU models and configuration"
        r"|^Nvidia driver version:|^PyTorch version:|^ROCM used to build|Collecting environment",
    ),
    _Tool(
        "deviceQuery",
        r"CUDA Device Query|CUDA Capability Major/Minor|CUDA Capable device"
        r"|Total amount of global memory|\(\d+\) Multiprocessors",
    ),
    _Tool(
        "flops-profiler",
        r"DeepSpeed Flops Profiler|fwd MACs|Floating point operations per second"
        r"|Aggregated Profile|fwd latency:|fwd flops per GPU",
    ),
    _Tool(
        "profiler",
        r"Self CPU %|CPU total %|CUDA time avg|Self CUDA|# of Calls|aten::\w+"
        r"|CUDA Kernel Statistics",
    ),
    _Tool(
        "nccl-tests",
        r"out-of-place +in-place|# nThread \d|# Out of bounds values|#wrong|redop +root",
        r"algbw.{0,60}busbw|# Avg bus bandwidth"
        r"|^ {0,12}\d{3,12} +\d{2,12} +(?:float|half|bfloat16|int8)\s",
    ),
    _Tool(
        "nccl-log", r"NCCL INFO|NCCL version \d|NET/(?:IB|Socket)|Channel \d\d ?/ ?\d\d|Ring \d\d :"
    ),
    _Tool(
        "iperf",
        r"\d\.\d\d- ?\d{1,4}\.\d\d +sec|[GM]Bytes +[\d.]+ [GM]bits/sec|Interval +Transfer"
        r"|Connecting to host|local [\d.]{7,15} port",
    ),
    _Tool(
        "ibstat",
        r"CA '(?:mlx|bnxt|hfi)\w+'|CA type:|Physical state: ?LinkUp|Link layer:|hca_id:\s"
        r"|active_mtu:|port_state:|Base lid:|^\s{0,16}Rate: ?\d",
    ),
    _Tool(
        "ethtool",
        r"Supported link modes:|Duplex: (?:Full|Half)|Link detected: yes|Speed: \d+Mb/s",
    ),
    _Tool("perftest", r"#bytes +#iterations|BW peak\[|BW average\[|RDMA_Write BW Test"),
    _Tool(
        "iftop",
        r"Total send rate:|Total receive rate:|Listening on \w+|(?:=>|<=) +[\d.]+[KMG]?b\b",
    ),
    _Tool(
        "config.json",
        r"\"(?:architectures|hidden_size|num_hidden_layers|model_type|num_attention_heads"
        r"|intermediate_size)\"\s*:",
    ),
    _Tool(
        "serving-log",
        r"# (?:GPU|CPU|CUDA|NPU) blocks: ?\d|GPU KV cache size: ?[\d,]+|Maximum concurrency for"
        r"|Loading model weights took|Model loading took|gpu_memory_utilization`?|max seq len \("
        r"|Avg (?:prompt|generation) throughput|Running: \d+ reqs|GPU KV cache usage|mem usage="
        r"|max_total_num_tokens=|llama_model_loader:|llm_load_tensors|load_tensors:|llama_kv_cache"
        r"|KV self size|CUDA\d (?:KV|compute|model) buffer",
        r"^(?:llm_load_tensors|load_tensors|llama_model_loader|llama_kv_cache\w*|llama_context"
        r"|llama_new_context\w*|ggml_cuda_init): "
        r"|(?:Decode|Prefill) {1,4}batch[.,] |Avg {1,4}prompt {1,4}throughput: {1,4}[\d.]+"
        r"|# GPU blocks: \d+, # CPU blocks: \d+",
    ),
    _Tool(
        "training-log",
        r"\bstep \d+/\d+|\bepoch:? \d+/\d+|\bloss[=:] ?\d+\.\d"
        r"|\d{1,3}%\|[^\n|]{0,60}\| ?\d+/\d+|\[\d[\d:]{3,8}<[\d:?]{1,9}, ",
        r"\d{1,3}%\|[^\n|]{0,60}\| ?\d+/\d+ ?\[|consumed samples: +\d"
        r"|RunningAvgSamplesPerSec|micro_step=\d|elapsed time per iteration"
        r"|(?:(?:loss|grad_?norm|lr|learning_rate)['\"]?[ :=]+[\d.]+(?:e-\d+)?[ ,|][^\n]{0,200}\n"
        r"[^\n]{0,200}){2}",
    ),
    _Tool(
        "traceback",
        r"^\w*(?:Error|Exception): |^\s{2,8}File \"[^\"\n]+\", line \d|^E {2,7}\w",
        r"Traceback \(most recent call last\)|^\s{0,8}\[?rank\d+\]: |torch\.distributed\.elastic"
        r"|CUDA kernel errors might|^\s{0,8}(?:\w{1,30}\.){0,4}\w{1,30}(?:Error|Exception): {1,4}\S"
        r"|CUDA error: \w|Segmentation fault \(core",
    ),
    _Tool("squeue", certain=r"JOBID +PARTITION +NAME|PARTITION +AVAIL +TIMELIMIT"),
    _Tool("kubectl", certain=r"NAME +READY +STATUS +RESTARTS"),
    _Tool("df", certain=r"Filesystem +(?:Size|1K-blocks) +Used"),
    _Tool("free", certain=r"total +used +free +shared"),
)
_SPACE = re.compile(r"(?<!\[) (?![?+*{\]:,])")
_WIDE = re.compile(r" {3,}")
_INVISIBLE = re.compile(r"[\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# One line of a sentence has none of these, and the patterns need not be compiled for it.
_HINT = re.compile(
    r"\n|[|#\[<]|\.{4}|[mgk]ib|error|exception|release \d|driver|out of memory|cache blocks|nccl"
    r"|blocks:|sec  |controller|throughput:|batch[.,]|fault|loss[=:'\"]|rank\d|xid|file \"|consumed"
    r"|local [\d.]{3}|uuid|ca '|type:|state:|iteration|copyright|memory for the|bus bandwidth",
    re.IGNORECASE,
)
_LOG_LINE = re.compile(
    r"^(?:\[?\(?\w{0,20}[ =]?(?:rank|pid|local_rank)[= ]?\d|\[?\d{4}-\d\d-\d\d[ T]{1,4}\d\d:\d\d"
    r"|(?:INFO|WARNING|WARN|ERROR|DEBUG)[ :]|\[(?:INFO|WARNING|WARN|ERROR|DEBUG)\]"
    r"|\d\d:\d\d:\d\d[ ,.]|\+[-=+]{8,}|\|[^\n]{6,}\|\s*$|[-=*]{12,}\s*$|step[ :=]+\d+[ ,:|])",
    re.IGNORECASE,
)
_LINES = 4


def _spaced(marks: str) -> re.Pattern[str]:
    """Compile marks; a space of theirs is several, however wide it came through a channel."""
    return re.compile(_SPACE.sub(" {1,4}", marks.replace(" ?", " {0,4}")), _FLAGS)


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str] | None, re.Pattern[str] | None], ...]:
    """Return the tools with their patterns compiled, when a message first may be output."""
    return tuple(
        (
            tool.name,
            _spaced(tool.marks) if tool.marks else None,
            _spaced(tool.certain) if tool.certain else None,
        )
        for tool in _TOOLS
    )


def paste_tool(text: str) -> str | None:
    """Return the tool whose output the message holds, None when it is written by hand.

    Output has a mark that no sentence has, two marks, or one over at least four lines; a message
    that only names a tool has none. Lines of a log that no list has are a ``log``.
    """
    ends = text if len(text) <= _HEAD + _END else f"{text[:_HEAD]}\n{text[-_END:]}"
    head = _INVISIBLE.sub("", unicodedata.normalize("NFKC", ends))
    head = _WIDE.sub("   ", head)
    if _HINT.search(head) is None:
        return None
    lines = head.count("\n") + 1
    for name, marks, certain in _compiled():
        if certain is not None and certain.search(head):
            return name
        if marks is None:
            continue
        found = len({match.group()[:24].lower() for match in marks.finditer(head)})
        if found > 1 or (found and lines >= _LINES):
            return name
    return "log" if lines > 1 and _is_log(head) else None


def _is_log(head: str) -> bool:
    """Whether at least three lines, and half of all, have the form of a log or a printed table."""
    written = [line.strip() for line in head.split("\n") if line.strip()]
    formed = sum(1 for line in written if _LOG_LINE.match(line))
    return formed > 2 and 2 * formed >= len(written)
