"""Make CPU fake tensors behave, in memory, as CUDA tensors do.

* transformers takes fake tensors for a traced graph, builds a mask and expands K and V: off.
* SDPA picks CUDA's kernels: flash for 16-bit tensors without a mask, memory-efficient otherwise
  (which needs as many K and V heads as query heads).
* CUDA's dropout saves a one-byte mask, the CPU's a mask in the tensor's type.
* CUDA's autocast has its own list of operators and keeps a copy of each trainable weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

LOWER_PRECISION = {
    "linear", "matmul", "__matmul__", "__rmatmul__", "mm", "mv", "bmm", "addmm", "addmv",
    "baddbmm", "addbmm", "einsum", "conv1d", "conv2d",
}  # fmt: skip
FULL_PRECISION = {
    "layer_norm", "native_layer_norm", "group_norm", "pow", "__pow__", "__rpow__", "rsqrt",
    "exp", "log", "softplus", "nll_loss", "cosine_similarity", "reciprocal", "log1p",
}  # fmt: skip
FULL_PRECISION_OUTPUT = {"softmax", "log_softmax", "cumsum", "cumprod", "sum", "prod"}
_SIXTEEN_BIT = (torch.bfloat16, torch.float16)


def scaled_dot_product_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> torch.Tensor:
    aten = torch.ops.aten
    query, key, value = CudaAutocast.lowered(query, key, value)
    same_head_dim = query.shape[-1] == value.shape[-1]
    if (
        attn_mask is None
        and query.dtype in _SIXTEEN_BIT
        and same_head_dim
        and query.shape[-1] <= 256
    ):
        padded = _padded_to_eight(query, key, value)
        out = aten._scaled_dot_product_flash_attention(*padded, dropout_p, is_causal, scale=scale)
        return out[0][..., : query.shape[-1]] if padded[0] is not query else out[0]
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key = key.repeat_interleave(groups, dim=1)
        value = value.repeat_interleave(groups, dim=1)
    bias = None
    if attn_mask is not None:
        bias = attn_mask
        if bias.dtype == torch.bool:
            bias = torch.zeros_like(bias, dtype=query.dtype).masked_fill_(~bias, float("-inf"))
        bias = bias.expand(query.shape[0], query.shape[1], query.shape[2], key.shape[2])
    result = aten._scaled_dot_product_efficient_attention(
        query, key, value, bias, query.requires_grad or key.requires_grad, dropout_p, is_causal,
        scale=scale,
    )  # fmt: skip
    return result[0]


def _padded_to_eight(*tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
    missing = -tensors[0].shape[-1] % 8
    return tuple(functional.pad(t, (0, missing)) for t in tensors) if missing else tensors


def dropout(
    input: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> torch.Tensor:
    return torch.native_dropout(input, p, True)[0] if training and p > 0 else input


class CudaAutocast(TorchFunctionMode):
    """CUDA's autocast: lists of operators, and one cached 16-bit copy per trainable leaf."""

    _enabled: ClassVar[list[bool]] = []
    _depth = 0
    _cache: ClassVar[dict[int, tuple[torch.Tensor, torch.Tensor]]] = {}

    _current: ClassVar[list[CudaAutocast]] = []

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    @classmethod
    def lowered(cls, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The casts that autocast puts before SDPA, which is replaced and so not intercepted."""
        if not cls._enabled or not cls._enabled[-1]:
            return tensors
        mode = cls._current[-1]
        return tuple(mode._cast_tensor(tensor, mode.dtype) for tensor in tensors)

    def __enter__(self) -> Any:
        self._enabled.append(True)
        self._current.append(self)
        CudaAutocast._depth += 1
        return super().__enter__()

    def __exit__(self, *exc: Any) -> None:
        super().__exit__(*exc)
        self._enabled.pop()
        self._current.pop()
        CudaAutocast._depth -= 1
        if not self._depth:
            self._cache.clear()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if not self._enabled or not self._enabled[-1]:
            return func(*args, **kwargs)
        if name in LOWER_PRECISION:
            return func(*self._cast(args, self.dtype), **self._cast(kwargs, self.dtype))
        if name in FULL_PRECISION:
            return func(*self._cast(args, torch.float32), **self._cast(kwargs, torch.float32))
        if (
            name in FULL_PRECISION_OUTPUT
            and len(args) < 4
            and kwargs.get("dtype") is None
            and _half(args)
        ):
            kwargs = {**kwargs, "dtype": torch.float32}
        return func(*args, **kwargs)

    def _cast(self, value: Any, dtype: torch.dtype) -> Any:
        if isinstance(value, torch.Tensor):
            return self._cast_tensor(value, dtype)
        if isinstance(value, (tuple, list)):
            return type(value)(self._cast(item, dtype) for item in value)
        if isinstance(value, dict):
            return {key: self._cast(item, dtype) for key, item in value.items()}
        return value

    def _cast_tensor(self, tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        if not tensor.is_floating_point() or tensor.dtype == dtype:
            return tensor
        if tensor.dtype == torch.float32 and tensor.requires_grad and tensor.is_leaf:
            if id(tensor) not in self._cache:
                self._cache[id(tensor)] = (tensor, tensor.to(dtype))
            return self._cache[id(tensor)][1]
        return tensor.to(dtype)


def _half(args: Any) -> bool:
    return bool(args) and isinstance(args[0], torch.Tensor) and args[0].dtype in _SIXTEEN_BIT


@contextmanager
def cuda_semantics() -> Iterator[None]:
    """Install the replacements for the duration of the block."""
    import transformers.integrations.moe as moe
    import transformers.masking_utils as masking

    autocast = torch.amp.autocast_mode.autocast
    saved = (
        functional.scaled_dot_product_attention, functional.dropout, masking.is_tracing,
        masking.find_packed_sequence_indices, autocast.__enter__, autocast.__exit__,
        moe._can_use_grouped_mm,
    )  # fmt: skip

    def enter(context: Any) -> Any:
        if not context._enabled:
            CudaAutocast._enabled.append(False)
        return saved[4](context)

    def leave(context: Any, *exc: Any) -> Any:
        if not context._enabled:
            CudaAutocast._enabled.pop()
        return saved[5](context, *exc)

    functional.scaled_dot_product_attention = scaled_dot_product_attention
    functional.dropout = dropout
    masking.is_tracing = lambda tensor=None: False
    masking.find_packed_sequence_indices = lambda position_ids: None
    autocast.__enter__, autocast.__exit__ = enter, leave
    # torch's shape rule of the grouped product knows bf16 alone; the fallback allocates the same
    moe._can_use_grouped_mm = lambda input, weight, offs: weight.dtype == torch.bfloat16
    try:
        yield
    finally:
        functional.scaled_dot_product_attention, functional.dropout = saved[0], saved[1]
        masking.is_tracing, masking.find_packed_sequence_indices = saved[2], saved[3]
        autocast.__enter__, autocast.__exit__ = saved[4], saved[5]
        moe._can_use_grouped_mm = saved[6]
