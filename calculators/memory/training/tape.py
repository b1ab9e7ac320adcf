"""A shadow of autograd that moves sizes instead of numbers.

The layers of the stock code are replayed on :class:`Tensor` objects that have a size and no
data. Storages count as live from the operator that makes them until Python's own reference
counting drops them, which is the rule of torch's caching allocator; what an operator saves for
backward is held by its node until that node has run. Sizes are linear in a few monomials of the
batch and the sequence (:data:`BASIS`), so one replay serves every length: it leaves a list of
live sizes, of which only the ones that can be the largest are kept (:func:`envelope`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

Size = tuple[float, float, float, float]
"""Coefficients over :data:`BASIS`."""

BASIS = ("1", "b·s", "b·s²", "s²")
ZERO: Size = (0.0, 0.0, 0.0, 0.0)
_TOKENS_FIRST = itemgetter(1, 2, 3, 0)


def const(count: float) -> Size:
    """Return a size that does not depend on batch or sequence."""
    return (count, 0.0, 0.0, 0.0)


def tokens(width: float) -> Size:
    """``width`` elements for each token of the micro-batch."""
    return (0.0, width, 0.0, 0.0)


def pairs(heads: float) -> Size:
    """``heads`` elements for each query-key pair of each sequence."""
    return (0.0, 0.0, heads, 0.0)


def square(count: float) -> Size:
    """``count`` elements for each query-key pair, shared by the sequences of the batch."""
    return (0.0, 0.0, 0.0, count)


def add(a: Size, b: Size) -> Size:
    """Return a + b."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3])


def scale(a: Size, factor: float) -> Size:
    """Return factor · a."""
    return (a[0] * factor, a[1] * factor, a[2] * factor, a[3] * factor)


def at(a: Size, batch: int, seq: int) -> float:
    """Return the value of a size for ``batch`` sequences of ``seq`` tokens."""
    return a[0] + seq * (batch * (a[1] + seq * a[2]) + seq * a[3])


def largest_at(sizes: Iterable[Size], batch: int, seq: int) -> float:
    """Return the largest value of some sizes, 0 of none; written out, as it is asked for often."""
    largest = 0.0
    for a, b, c, d in sizes:
        value = a + seq * (batch * (b + seq * c) + seq * d)
        if value > largest:
            largest = value
    return largest


def envelope(sizes: Iterable[Size]) -> tuple[Size, ...]:
    """Keep the sizes that no other one exceeds in every coefficient, in their order."""
    distinct = dict.fromkeys(sizes)
    front: list[Size] = []
    left = list(distinct)
    while left:
        # Nothing after it in this order covers it: it is kept, and what it covers goes.
        top = max(left, key=_TOKENS_FIRST)
        front.append(top)
        a, b, c, d = top
        left = [size for size in left if size[0] > a or size[1] > b or size[2] > c or size[3] > d]
    return tuple(front) if len(front) == 1 else tuple([s for s in distinct if s in front])


class Storage:
    """Bytes that are live until the last reference dies."""

    __slots__ = ("_tape", "size")

    def __init__(self, tape: Tape, size: Size) -> None:
        self._tape = tape
        self.size = size
        live = tape.live
        live = tape.live = (
            live[0] + size[0], live[1] + size[1], live[2] + size[2], live[3] + size[3],
        )  # fmt: skip
        tape.events.append(live)

    def __del__(self) -> None:
        size, live = self.size, self._tape.live
        self._tape.live = (
            live[0] - size[0], live[1] - size[1], live[2] - size[2], live[3] - size[3],
        )  # fmt: skip


class Tensor:
    """A size in elements, a width in bytes, and the node that computed it, if a gradient flows.

    ``parameter`` marks leaves; their own bytes belong to the model's states and count nothing.
    """

    __slots__ = ("node", "numel", "parameter", "storage", "width")

    def __init__(
        self, numel: Size, width: float, storage: Storage | None, node: Node | None
    ) -> None:
        self.numel = numel
        self.width = width
        self.storage = storage
        self.node = node
        self.parameter = False

    @property
    def needs_grad(self) -> bool:
        """Whether a gradient flows to it."""
        return self.node is not None


Backward = Callable[[Storage], Sequence[Storage | None]]


class Node:
    """An operator's place in the graph: where its gradients go and what it keeps for them.

    A node with several outputs ``collects`` their gradients until it runs.
    """

    __slots__ = ("backward", "collects", "edges", "grad", "is_leaf", "saved", "waiting")

    def __init__(
        self, edges: tuple[Node | None, ...], saved: tuple[Storage | None, ...], backward: Backward
    ) -> None:
        self.edges = edges
        self.saved = saved
        self.backward = backward
        self.grad: Storage | None = None
        self.is_leaf = False
        self.collects = False
        self.waiting = 0


class Tape:
    """Records one forward pass and replays its backward pass.

    ``keep`` is False under checkpointing's first pass, whose nodes are never run.
    With ``held`` the weights have a gradient already (a later micro-step). ``cached`` are the
    bytes of weight copies that autocast keeps through the forward pass. ``parted`` is where among
    the events the last gradient of the leaves ``apart`` came, and what was live then.
    """

    def __init__(self, *, keep: bool = True, held: bool = False) -> None:
        self.live: Size = ZERO
        self.events: list[Size] = []
        self.keep = keep
        self.held = held
        self.nodes: list[Node] = []
        self.gradients: list[Storage] = []
        self.last_save = 0
        self.cached = 0.0
        self.apart: list[Node] = []
        self.parted: tuple[int, Size] | None = None

    def empty(self, numel: Size, width: float) -> Tensor:
        """Allocate a tensor through which no gradient flows."""
        return Tensor(numel, width, Storage(self, scale(numel, width)), None)

    def parameter(self, count: float, width: float, *, trains: bool) -> Tensor:
        """Return a weight; its own bytes are counted with the model's states."""
        node = None
        if trains:
            node = Node((), (), _no_gradients)
            node.is_leaf = True
        tensor = Tensor(const(count), width, None, node)
        tensor.parameter = True
        return tensor

    def input(self, numel: Size, width: float, *, needs_grad: bool) -> Tensor:
        """Return what a layer is given: allocated, with a gradient that leaves the layer."""
        tensor = self.empty(numel, width)
        if needs_grad:
            tensor.node = Node((), (), _no_gradients)
        return tensor

    def lent(self, numel: Size, width: float, *, needs_grad: bool) -> Tensor:
        """Return what another layer made and holds: no bytes here, but a gradient."""
        node = Node((), (), _no_gradients) if needs_grad else None
        return Tensor(numel, width, None, node)

    def apply(
        self,
        out: Tensor,
        inputs: tuple[Tensor, ...],
        backward: Backward,
        saved: tuple[Tensor, ...] = (),
    ) -> Tensor:
        """Attach a node to ``out`` when a gradient flows through any of ``inputs``."""
        edges = tuple([tensor.node for tensor in inputs])
        if edges.count(None) == len(edges):
            return out
        if saved:
            self.last_save = len(self.events)
        if not self.keep:  # no backward pass will come here
            out.node = _FLOWS
            return out
        kept = tuple([tensor.storage for tensor in saved])
        out.node = node = Node(edges, kept, backward)
        self.nodes.append(node)
        return out

    def checkpoint(self, function: Callable[..., Tensor], inputs: tuple[Tensor, ...]) -> Tensor:
        """Run ``function`` keeping its inputs alone; backward runs it again."""
        keep, nodes = self.keep, self.nodes
        self.keep, self.nodes = False, []
        out = function(*inputs)
        self.keep, self.nodes = keep, nodes
        result = Tensor(out.numel, out.width, out.storage, None)
        del out
        shapes = tuple((t.numel, t.width, t.storage, t.needs_grad) for t in inputs)
        again = _Again(self, function, shapes if keep else ())
        return self.apply(result, inputs, again, inputs)

    def gradient(self, like: Tensor) -> Storage:
        """Allocate the gradient of ``like``."""
        return Storage(self, scale(like.numel, like.width))

    def backward(self, output: Tensor, gradient: Storage) -> None:
        """Run the graph from ``output``, releasing each node's tensors when it has run."""
        node = output.node
        if node is None:
            return
        self._count_edges()
        node.grad = gradient
        del gradient
        nodes, self.nodes = self.nodes, []
        while nodes:
            node = nodes.pop()
            if node.grad is None:
                continue
            gradient, node.grad = node.grad, None
            results = node.backward(gradient)
            del gradient
            node.saved = ()
            node.backward = _no_gradients
            edges, node.edges = node.edges, ()
            self._route(edges, results)

    def _count_edges(self) -> None:
        for node in self.nodes:
            for edge in node.edges:
                if edge is not None and edge.is_leaf:
                    edge.waiting += 1

    def _route(self, edges: tuple[Node | None, ...], results: Sequence[Storage | None]) -> None:
        for edge, result in zip(edges, results, strict=False):
            if edge is None or result is None:
                continue
            if edge.collects:
                edge.saved += (result,)
                edge.grad = result
            elif edge.grad is None:
                edge.grad = result
            else:
                # autograd adds a second gradient out of place
                edge.grad = Storage(self, edge.grad.size)
            if edge.is_leaf:
                edge.waiting -= 1
                if not edge.waiting:
                    self._accumulate(edge)

    def _accumulate(self, leaf: Node) -> None:
        gradient, leaf.grad = leaf.grad, None
        if not self.held and gradient is not None:
            self.gradients.append(gradient)
        if leaf in self.apart:
            self.parted = len(self.events), self.live


class _Again:
    """Backward of a checkpoint: replay the function, then its own backward pass."""

    def __init__(
        self, tape: Tape, function: Callable[..., Tensor], shapes: tuple[tuple[object, ...], ...]
    ) -> None:
        self._tape = tape
        self._function = function
        self._shapes = shapes

    def __call__(self, gradient: Storage) -> Sequence[Storage | None]:
        tape, nodes = self._tape, self._tape.nodes
        tape.nodes = []
        inputs = []
        for numel, width, storage, needs_grad in self._shapes:
            node = Node((), (), _no_gradients) if needs_grad else None
            inputs.append(Tensor(numel, width, storage, node))  # type: ignore[arg-type]
        out = self._function(*inputs)
        out.storage = None
        tape.backward(out, gradient)
        tape.nodes = nodes
        return [tensor.node.grad if tensor.node is not None else None for tensor in inputs]


def _no_gradients(_: Storage) -> Sequence[Storage | None]:
    return ()


_FLOWS = Node((), (), _no_gradients)
"""Stands for the node of whatever a gradient flows through, where none will be run."""
