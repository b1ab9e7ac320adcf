"""The shape of a model: layers, widths, heads, vocabulary, as its config says them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from calculators.architecture import Architecture
from calculators.case import Case
from calculators.lookups.parameters import parameters
from calculators.results import Calculation
from calculators.text import Text

Read = Callable[[Architecture], Iterable[int]]

READ: dict[str, Read] = {
    "layers": lambda model: [model.layer_count],
    "hidden": lambda model: [model.hidden],
    "heads": lambda model: [layer.attention.heads for layer in model.layers],
    "kv_heads": lambda model: [layer.attention.kv_heads for layer in model.layers],
    "head_dim": lambda model: [layer.attention.head_dim for layer in model.layers],
    "inner": lambda model: [layer.feed_forward.width for layer in model.layers],
    "experts": lambda model: [layer.feed_forward.experts for layer in model.layers],
    "experts_per_token": lambda model: [
        layer.feed_forward.experts_per_token for layer in model.layers
    ],
    "expert_inner": lambda model: [layer.feed_forward.expert_width for layer in model.layers],
    "vocabulary": lambda model: [model.vocab],
    "context": lambda model: [model.max_context or 0],
}
"""What each dimension is over the layers; 0 where a layer has none of it."""

NAMES: dict[str, Text] = {
    "layers": Text("layers", "层数"),
    "hidden": Text("hidden size", "隐藏维度"),
    "heads": Text("attention heads", "注意力头数"),
    "kv_heads": Text("key-value heads", "KV 头数"),
    "head_dim": Text("width of a head", "每个头的维度"),
    "inner": Text("inner width of the feed-forward part", "前馈中间维度"),
    "experts": Text("routed experts", "路由专家数"),
    "experts_per_token": Text("experts for each token", "每个 token 的专家数"),
    "expert_inner": Text("inner width of an expert", "每个专家的中间维度"),
    "vocabulary": Text("vocabulary", "词表大小"),
    "context": Text("context that the config allows, tokens", "配置允许的上下文（token）"),
}


def model_info(case: Case) -> Calculation:
    """Return a dimension of a model, the number of layers unless said; all in ``details``.

    Where layers differ (hybrid models, dense layers before the experts) ``value`` is the largest,
    and the headline names each. Raises MissingValue without a model.
    """
    asked = case.request.dimension
    if asked == "active_parameters":
        return parameters(case)
    model = case.architecture
    sizes = {name: _distinct(read(model)) for name, read in READ.items()}
    if asked is not None:
        shown = _shown(sizes[asked])
        name = NAMES[asked]
        headline = Text(
            f"{case.subject.en}, {name.en}: {shown.en}", f"{case.subject.zh} {name.zh}：{shown.zh}"
        )
    else:
        lines = [(NAMES[name], _shown(size)) for name, size in sizes.items() if size]
        headline = Text(
            f"{case.subject.en}: " + "; ".join(f"{name.en} {text.en}" for name, text in lines),
            f"{case.subject.zh}：" + "；".join(f"{name.zh} {text.zh}" for name, text in lines),
        )
    return case.finish(
        value=max(sizes[asked or "layers"], default=0),
        unit=None,
        headline=headline,
        details={"dimensions": {name: list(size) for name, size in sizes.items()}},
    )


def _distinct(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({value for value in values if value}))


def _shown(values: tuple[int, ...]) -> Text:
    if not values:
        return Text("none", "无")
    numbers = [f"{value:,}" for value in values]
    return Text(
        " or ".join(numbers) + (", by layer" if len(numbers) > 1 else ""),
        " 或 ".join(numbers) + ("（因层而异）" if len(numbers) > 1 else ""),
    )
