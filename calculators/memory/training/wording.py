"""Names of the parts of a training step, in both languages, and the conventions beside it."""

from __future__ import annotations

from calculators.text import Text

PARTS: dict[str, Text] = {
    "weights": Text("Weights", "权重"),
    "adapters": Text("LoRA adapters", "LoRA 适配器"),
    "master": Text("fp32 master weights", "fp32 主权重"),
    "optimizer": Text("Optimizer states", "优化器状态"),
    "gradients": Text("Gradients", "梯度"),
    "saved": Text("Activations saved by earlier layers", "前面各层保存的激活"),
    "layer": Text("The layer at work", "正在计算的层"),
    "head": Text("Output head, logits and loss", "输出头、logits 与损失"),
    "embedding": Text("Gradient of the embedding", "词嵌入的梯度"),
    "casts": Text("16-bit copies kept by autocast", "autocast 缓存的 16 位权重副本"),
    "gathered": Text(
        "Gathered parameters and all-gather buffers", "聚合后的参数与 all-gather 缓冲"
    ),
    "reduce": Text("Reduce-scatter buffer", "reduce-scatter 缓冲"),
    "update": Text("Temporaries of the optimizer step", "优化器更新的临时张量"),
    "inputs": Text("Inputs, masks and position tables", "输入、掩码与位置表"),
    "cuda_context": Text("CUDA context", "CUDA 上下文"),
    "reserve": Text("Allocator reserve and cuBLAS workspace", "分配器预留与 cuBLAS 工作区"),
}

MOMENTS: dict[str, Text] = {
    "loss": Text("at the loss", "计算损失时"),
    "backward": Text("in the backward pass", "反向传播时"),
    "optimizer_step": Text("in the optimizer step", "优化器更新时"),
}
