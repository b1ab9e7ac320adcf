"""Communication of a training step: bytes a card sends, and its time on the card's link."""

from __future__ import annotations

from collections.abc import Mapping

from calculators.case import Case
from calculators.layout import CARDS_PER_NODE, SHARDING_NAMES, Layout
from calculators.memory.answers import finish_memory, in_units
from calculators.memory.assumed import assume_training
from calculators.printing import format_value
from calculators.results import Calculation, Convention
from calculators.speed import communication_formulas as f
from calculators.speed import flops
from calculators.speed.achieved import achieved_flops
from calculators.speed.volumes import Traffic, assume_sent_gradients, by_kind, once_a_step, traffic
from calculators.text import Text
from calculators.trail import Trail
from calculators.units import format_bytes, format_number
from calculators.wording import card_words

USUAL_GBIT_PER_S = (100, 800, 3_200)
"""One 100 Gb/s port a node, and one of 100 or 400 Gb/s a card (DGX A100 and DGX H100)."""
REACHED = 0.5
"""Share of the peak that compute is taken to reach while it does not wait."""
_CARDS = ("gpu_count", "nodes", "dp", "tp", "pp", "cp", "ep")


def communication(case: Case) -> Calculation:
    """Return the bytes that one card sends in a step; times and shares in ``details``.

    Where nothing says how many cards there are, a node of eight is assumed: one sends nothing.
    """
    case.complete(mode="train")
    assume_sent_gradients(case)
    if not any(case.given(name) for name in _CARDS):
        case.default("gpu_count", CARDS_PER_NODE, "one node of 8 cards", "一个 8 卡节点")
    layout = assume_training(case)
    nodes = _nodes(case, layout)
    flows = traffic(case, layout)
    parts = by_kind(flows)
    total = sum(part.bytes for part in parts)
    details: dict[str, float | str] = {}
    shown, way = format_bytes(total), _way_words(case, layout)
    plural = "s" * (layout.cards != 1)
    where = Text(f"{layout.cards} card{plural}", f"{layout.cards} 张卡")
    if case.knows_card:
        where = card_words(case, layout.cards)
    headline = Text(
        f"Each card sends {shown} in a step ({way.en}, {where.en})",
        f"每步每卡发送 {shown}（{way.zh}，{where.zh}）",
    )
    if case.gpu is not None and total:
        details = _times(case, layout, flows, nodes)
        share = format_number(100 * float(details["communication_share"]), 3)
        over, time = _link_words(case, nodes), format_value(float(details["communication_s"]), "s")
        headline = Text(
            f"{headline.en}; over {over.en} that takes {time}, {share} % of a step without overlap",
            f"{headline.zh}；经 {over.zh} 需 {time}，不重叠时占一步的 {share} %",
        )
    elif case.given("network_bytes_per_s") and total:
        details = _over_network_alone(case, total)
        speed = format_value(case.get("network_bytes_per_s"), "bytes/s")
        time = format_value(float(details["communication_s"]), "s")
        headline = Text(
            f"{headline.en}; over a network of {speed} that takes {time}",
            f"{headline.zh}；经 {speed} 的网络需 {time}",
        )
    elif layout.cards == 1:
        case.caveat("One card sends nothing.", "单卡没有卡间通信。")
    return finish_memory(
        case,
        total,
        headline=headline,
        breakdown=parts,
        per_gpu=True,
        details=details,
        conventions=(
            *_kept_gathered(case, layout, total - parts[0].bytes),
            *(_over_networks(case, flows, details, nodes) if details else ()),
        ),
    )


def _way_words(case: Case, layout: Layout) -> Text:
    """Return the ways in which the cards share the work, by their usual abbreviations."""
    degrees = (("TP", layout.tp), ("PP", layout.pp), ("CP", layout.cp))
    model = " × ".join(f"{name} {degree}" for name, degree in degrees if degree > 1)
    data = SHARDING_NAMES[case.get("sharding")]
    if not model:
        return data
    if layout.dp * layout.cp == 1:
        return Text(model, model)
    return Text(f"{data.en} × {model}", f"{data.zh} × {model}")


def _link_words(case: Case, nodes: int) -> Text:
    link, network = case.card.link, case.get("network_bytes_per_s")
    if nodes == 1 or network is None:
        return link
    speed = format_value(network, "bytes/s")
    return Text(
        f"{link.en} and a network of {speed} per node", f"{link.zh} 与每节点 {speed} 的网络"
    )


def _nodes(case: Case, layout: Layout) -> int:
    """Return the nodes of the job: as given, else eight cards each."""
    if layout.cards <= CARDS_PER_NODE:
        return int(case.get("nodes") or 1)
    nodes = -(-layout.cards // CARDS_PER_NODE)
    return int(case.default("nodes", nodes, "8 cards in each node", "每个节点 8 张卡"))


def _times(
    case: Case, layout: Layout, flows: tuple[Traffic, ...], nodes: int
) -> dict[str, float | str]:
    gpu, network = case.card, case.get("network_bytes_per_s")
    wire = _wire_s(case, flows, nodes, network if nodes > 1 else None)
    compute = _compute_s(case, layout)
    bubble = _bubble_s(case, layout, compute)
    if wire > compute:
        case.caveat(
            "The cards spend more time communicating than computing: a larger micro batch, "
            "gradient accumulation with ZeRO-2, or a faster link would raise utilisation.",
            "通信时间超过计算时间：增大 micro batch、改用 ZeRO-2 加梯度累积，"
            "或使用更快的互联可提高利用率。",
        )
    if nodes > 1 and network is None:
        case.caveat(
            "Between nodes the network is the link, and its bandwidth was not given: the time is "
            "that of the links inside a node, and the least that it can be.",
            "跨节点时瓶颈是网络，而问题没有给出其带宽：这里是节点内链路的时间，是下限。",
        )
    return {
        "link": gpu.link.en,
        "link_bytes_per_s": gpu.link_bytes_per_s,
        "nodes": nodes,
        "communication_s": wire,
        "compute_s": compute,
        "bubble_s": bubble,
        "communication_share": wire / (wire + compute + bubble),
    }


def _over_network_alone(case: Case, sent_bytes: int) -> dict[str, float | str]:
    """Return the seconds of ``sent_bytes`` over the network as given, where no card is known."""
    network = float(case.get("network_bytes_per_s"))
    case.caveat(
        "All that a card sends is taken over this network, none of it over links inside a node; "
        "which share of a step that is depends on the card.",
        "这里把单卡发送的数据全部按该网络计算，没有走节点内互联的部分；占一步的比例取决于显卡。",
    )
    seconds = float(case.trail.run(f.TIME, V=sent_bytes, W=network))
    return {"link_bytes_per_s": network, "communication_s": seconds}


def _wire_s(
    case: Case,
    flows: tuple[Traffic, ...],
    nodes: int,
    network: float | None,
    trail: Trail | None = None,
) -> float:
    """Return the seconds that all traffic takes, one after the other, none overlapped.

    What stays inside a node has the cards' link; what leaves it has its share of the network.
    """
    run = (trail or case.trail).run
    link, node_cards = case.card.link_bytes_per_s, -(-int(case.get("gpu_count")) // nodes)
    volumes: dict[int, int] = {}  # by the number that shares a network, 0 for the link
    for flow in flows:
        inside = network is None or flow.stays_inside(node_cards)
        sharers = 0 if inside else flow.sharers(node_cards)
        volumes[sharers] = volumes.get(sharers, 0) + flow.bytes
    seconds = 0.0
    for sharers, volume in volumes.items():
        bandwidth = link
        if sharers and network is not None:
            bandwidth = run(f.SLOWEST_LINK, W_c=link, W_n=network, r=sharers)
        seconds += float(run(f.TIME, V=volume, W=bandwidth))
    return seconds


def _compute_s(case: Case, layout: Layout) -> float:
    get, run = case.get, case.trail.run
    shape = flops.compute_shape(case.architecture)
    token = flops.trained_token(case.trail, shape, get("seq"), get("method"))
    reached = achieved_flops(case, REACHED)
    return float(
        run(
            f.COMPUTE_TIME,
            g=get("grad_accumulation"),
            B=get("micro_batch"),
            s=get("seq"),
            f=token,
            m=layout.tp * layout.pp * layout.cp,
            F=reached,
        )
    )


def _bubble_s(case: Case, layout: Layout, compute: float) -> float:
    """Return the seconds that a card idles while the pipeline fills and drains."""
    if layout.pp == 1:
        return 0.0
    steps, chunks = case.get("grad_accumulation"), case.get("virtual_pp") or 1
    idle = float(case.trail.run(f.PIPELINE_BUBBLE, t_gpu=compute, p=layout.pp, g=steps, v=chunks))
    share = format_number(100 * idle / (idle + compute), 3)
    case.caveat(
        f"The {layout.pp} stages idle {share} % of their time at {steps} micro-step(s) a step "
        "(the pipeline bubble): more micro-steps make it smaller.",
        f"{layout.pp} 级流水线、每步 {steps} 个 micro step 时，{share} % 的时间空闲（气泡）："
        "micro step 越多，占比越小。",
    )
    return idle


def _kept_gathered(case: Case, layout: Layout, others: int) -> tuple[Convention, ...]:
    """Return what is sent when a pipeline gathers once a step, beside ``others``."""
    data = once_a_step(case, layout)
    if data is None:
        return ()
    value, unit = in_units(data + others)
    shown = format_bytes(data + others)
    text = Text(
        f"Weights gathered and gradients reduced once a step, as torch's pipelines do: {shown}",
        f"若每步只聚合一次权重、归约一次梯度（torch 流水线的做法）：{shown}",
    )
    return (Convention(text, value, unit),)


def _over_networks(
    case: Case, flows: tuple[Traffic, ...], details: Mapping[str, float | str], nodes: int
) -> tuple[Convention, ...]:
    """Return the time over networks that nodes often have, when theirs was not given."""
    if nodes == 1 or case.given("network_bytes_per_s"):
        return ()
    compute, found = float(details["compute_s"]) + float(details["bubble_s"]), []
    for gbit in USUAL_GBIT_PER_S:
        wire = _wire_s(case, flows, nodes, gbit * 1e9 / 8, case.silent)
        share = format_number(100 * wire / (wire + compute), 3)
        seconds = format_value(wire, "s")
        text = Text(
            f"With {gbit:,} Gb/s of network per node: {seconds}, {share} % of a step",
            f"若每节点网络为 {gbit:,} Gb/s：{seconds}，占一步的 {share} %",
        )
        found.append(Convention(text, wire, "s"))
    return tuple(found)
