"""The weights of a layer on a tape, and the linear layers that use them, LoRA and NF4 included."""

from __future__ import annotations

from calculators.architecture import Module
from calculators.memory.training.ops import Ops
from calculators.memory.training.recipe import Recipe
from calculators.memory.training.tape import Size, Storage, Tape, Tensor, const, scale


class Weights:
    """Hands out parameters by module and runs linear layers as torch and peft do."""

    def __init__(self, tape: Tape, recipe: Recipe) -> None:
        self.tape = tape
        self.ops = Ops(tape, recipe.autocast, keeps_inputs=recipe.keeps_inputs)
        self.recipe = recipe

    def trains(self, name: str) -> bool:
        """Whether the module's own weights train."""
        adapter = self.recipe.adapter
        return self.recipe.base_trains or (adapter is not None and name in adapter.saved)

    def parameter(self, name: str, count: float) -> Tensor:
        """Return a parameter of ``count`` elements in the recipe's width."""
        return self.tape.parameter(count, self.recipe.width, trains=self.trains(name))

    def linear(
        self, module: Module, x: Tensor, *, rows: float | None = None, cols: float | None = None
    ) -> Tensor:
        """Apply ``module`` to every token; ``rows``/``cols`` are this card's share of it."""
        out = module.rows if rows is None else rows
        inner = module.cols if cols is None else cols
        numel = scale(x.numel, out / inner)
        adapter = self.recipe.adapter
        if adapter is None or module.kind != "linear" or not adapter.wraps(module.name):
            return self._base(module, x, numel, out * inner)
        base = self._base(module, x, numel, out * inner)
        width = base.width
        side = self.ops.cast(x, adapter.width)
        update = self.ops.dropout(side, adapter.dropout)
        down = self.tape.parameter(adapter.rank * inner, adapter.width, trains=True)
        up = self.tape.parameter(adapter.rank * out, adapter.width, trains=True)
        update = self.ops.linear(update, down, scale(x.numel, adapter.rank / inner))
        update = self.ops.linear(update, up, numel)
        update = self.ops.scaled(update)
        total = self.ops.add(base, update)
        del base, update, side
        return self.ops.cast(total, width)

    def gathered(self, x: Tensor) -> Tensor:
        """Under sequence parallelism: the whole sequence, before a split layer."""
        return self.ops.expanded(x, self.recipe.sequence_split)

    def scattered(self, x: Tensor) -> Tensor:
        """Under sequence parallelism: this card's share of the sequence again."""
        return self.ops.expanded(x, 1 / self.recipe.sequence_split)

    def _base(self, module: Module, x: Tensor, numel: Size, count: float) -> Tensor:
        quantised = self.recipe.quantised and module.kind == "linear"
        bias = None
        if module.bias:
            bias = self.parameter(module.name, module.rows)
        if quantised:
            out = self._four_bit(x, numel, count)
            return out if bias is None else self.ops.shifted(out, bias)
        return self.ops.linear(x, self.parameter(module.name, count), numel, bias)

    def _four_bit(self, x: Tensor, numel: Size, count: float) -> Tensor:
        """bitsandbytes: the weight is unpacked for the product, forward and backward.

        It computes in 16 bits and gives the type of its input back.
        """
        tape, ops, wide = self.tape, self.ops, x.width
        x = ops.cast(x, self.recipe.compute_width)
        unpacked = const(count * x.width)
        weight = Storage(tape, unpacked)
        out = tape.empty(numel, x.width)
        del weight
        size = scale(x.numel, x.width)

        def backward(g: Storage) -> tuple[Storage]:
            whole = Storage(tape, unpacked)
            result = Storage(tape, size)
            del whole
            return (result,)

        return ops.cast(tape.apply(out, (x,), backward), wide)
