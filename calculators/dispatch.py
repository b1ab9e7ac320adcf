"""Which function answers for which calculator; each is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from calculators.requests import CalculatorName

if TYPE_CHECKING:
    from calculators.case import Case
    from calculators.results import Calculation

_FUNCTIONS: dict[CalculatorName, str] = {
    "file_size": "calculators.memory.file_size:file_size",
    "parameters": "calculators.lookups.parameters:parameters",
    "model_info": "calculators.lookups.shape:model_info",
    "inference": "calculators.memory.serve:inference",
    "kv_cache": "calculators.memory.kv_cache:kv_cache",
    "training": "calculators.memory.train:training",
    "activation": "calculators.memory.parts:activation",
    "gradient_memory": "calculators.memory.parts:gradient_memory",
    "optimizer_memory": "calculators.memory.parts:optimizer_memory",
    "cuda_overhead": "calculators.memory.parts:cuda_overhead",
    "fit": "calculators.planning.fit:fit",
    "min_gpus": "calculators.planning.fewest:min_gpus",
    "max_batch": "calculators.planning.largest:max_batch",
    "max_context": "calculators.planning.largest:max_context",
    "max_params": "calculators.planning.max_params:max_params",
    "max_rank": "calculators.planning.largest:max_rank",
    "plan": "calculators.planning.plan:plan",
    "utilization_flops": "calculators.speed.utilization:utilization_flops",
    "utilization_throughput": "calculators.speed.utilization:utilization_throughput",
    "throughput": "calculators.speed.throughput:throughput",
    "latency": "calculators.speed.latency:latency",
    "training_time": "calculators.speed.training_time:training_time",
    "communication": "calculators.speed.communication:communication",
    "gpu_info": "calculators.lookups.cards:gpu_info",
    "compare_gpu": "calculators.lookups.comparison:compare_gpu",
    "dtype_bits": "calculators.lookups.formats:dtype_bits",
    "convert": "calculators.lookups.convert:convert",
}


@cache
def calculator(name: CalculatorName) -> Callable[[Case], Calculation]:
    """Return the function that answers for ``name``."""
    module, function = _FUNCTIONS[name].split(":")
    found: Callable[[Case], Calculation] = getattr(import_module(module), function)
    return found
