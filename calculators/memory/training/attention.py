"""Attention blocks of the stock classes on a tape: projections, rotary embedding, core."""

from __future__ import annotations

from calculators.architecture import Attention, Module, Norm
from calculators.memory.training.norms import normalise
from calculators.memory.training.ops import FP32
from calculators.memory.training.rotary import rotate
from calculators.memory.training.tape import Tensor, pairs, tokens
from calculators.memory.training.traits import Traits
from calculators.memory.training.weights import Weights

RECURRENT_CHUNK = 64
"""Tokens for which the kernels of linear attention keep one state."""


class AttentionShadow:
    """One attention block of one card: heads are divided by the tensor-parallel degree."""

    def __init__(self, weights: Weights, traits: Traits, attention: Attention) -> None:
        self.weights = weights
        self.ops = weights.ops
        self.traits = traits
        self.attention = attention
        tp = weights.recipe.tp
        self.heads = attention.heads / tp
        self.kv_heads = max(1, attention.kv_heads / tp)
        self.linears = {m.name: m for m in attention.modules if m.kind == "linear"}
        self.norms = [m for m in attention.modules if m.kind == "norm"]

    def __call__(self, x: Tensor) -> Tensor:
        """Return the block's output for the normalised stream ``x``."""
        if self.attention.kind == "linear":
            return self._recurrent(x)
        gate: Tensor | None = None
        if self.attention.kind == "mla":
            q, k, v = self._latent(x)
        else:
            q, k, v, gate = self._projected(x)
        if self.weights.recipe.selective:
            out = self.weights.tape.checkpoint(self._core, (q, k, v))
        else:
            out = self._core(q, k, v)
        del q, k, v
        if gate is not None:
            out = self.ops.mul(out, self.ops.unary(gate, saves="output"))
        return self._out(out, self.heads * self.attention.v_head_dim)

    def _out(self, x: Tensor, width: float) -> Tensor:
        return self.weights.linear(list(self.linears.values())[-1], x, cols=width)

    def _recurrent(self, x: Tensor) -> Tensor:
        """Run a linear-attention or state-space mixer as fused kernels do, a state a chunk."""
        ops, weights, tp = self.ops, self.weights, self.weights.recipe.tp
        *inner, out = self.linears.values()
        mixed = [weights.linear(module, x, rows=module.rows / tp) for module in inner]
        largest = max(mixed, key=lambda tensor: tensor.numel[1])
        conv = ops.unary(ops.unary(largest, saves="input"), saves="input")
        states = 0.0
        if self.attention.state is not None:
            states = self.attention.state.recurrent_elements / RECURRENT_CHUNK / tp
        kept = weights.tape.empty(tokens(states), FP32)
        core = ops.attention_core(conv, conv, conv, (kept,), (tokens(out.cols / tp), tokens(0)))
        del conv, kept
        norm = self.norms[-1] if self.norms else None
        if norm is not None:
            core = self._rms(norm, core)
        gated = ops.mul(core, ops.unary(core, saves="input"))
        return self._out(gated, out.cols / tp)

    def _projected(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """Return queries, keys, values, and the gate of the output where there is one."""
        a, style = self.attention, self.traits.rope
        gate: Tensor | None = None
        if a.fused_qkv:
            q, k, v = self._fused(x)
        elif a.shares_cache:
            return self._borrowing(x)
        else:
            names = list(self.linears.values())
            q = self._grown(names[0], x, self.heads * a.head_dim * (2 if a.output_gate else 1))
            if a.output_gate:
                q, gate = self.ops.split(q, (0.5, 0.5))
            k = self._grown(names[1], x, self.kv_heads * a.head_dim)
            # three projections: values are the keys
            v = k if len(names) == 3 else self._grown(names[2], x, self.kv_heads * a.v_head_dim)
        if len(self.norms) >= 2 and a.qk_norm is not None:
            q, k = self._normed(self.norms[0], q), self._normed(self.norms[1], k)
        if a.position == "rope":
            share = a.rope_dim / a.head_dim if a.rope_dim else 1.0
            width = x.width
            q2, k2 = (rotate(self.ops, style, t, share, width) for t in (q, k))
            q, k = q2, k2
        return q, k, v, gate

    def _borrowing(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return queries beside an earlier layer's keys and values, whose bytes are that layer's.

        Their gradients are this layer's to make.
        """
        a, tape = self.attention, self.weights.tape
        q = self._grown(next(iter(self.linears.values())), x, self.heads * a.head_dim)
        if self.norms and a.qk_norm is not None:
            q = self._normed(self.norms[0], q)
        if a.position == "rope":
            share = a.rope_dim / a.head_dim if a.rope_dim else 1.0
            q = rotate(self.ops, self.traits.rope, q, share, x.width)
        k, v = (
            tape.lent(tokens(self.kv_heads * width), q.width, needs_grad=x.needs_grad)
            for width in (a.head_dim, a.v_head_dim)
        )
        return q, k, v, None

    def _grown(self, module: Module, x: Tensor, rows: float) -> Tensor:
        return self.weights.linear(module, x, rows=rows)

    def _normed(self, module: Module, x: Tensor) -> Tensor:
        kind = self.attention.qk_norm or "rms"
        norm = Norm(module.name, kind, module.rows, bias=module.bias)
        return normalise(self.weights, self.traits.norm if kind == "rms" else "layer", norm, x)

    def _fused(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        a = self.attention
        widths = (
            self.heads * a.head_dim, self.kv_heads * a.head_dim, self.kv_heads * a.v_head_dim,
        )  # fmt: skip
        total = sum(widths)
        module = next(iter(self.linears.values()))
        fused = self._grown(module, x, total)
        shares = tuple(width / total for width in widths)
        if self.traits.fused in ("split", "chunk"):
            q, k, v = self.ops.split(fused, shares)
            return q, k, v
        parts = tuple(self.ops.part(fused, share) for share in shares)
        if self.traits.fused == "index":
            return parts[0], self.ops.gathered(parts[1]), self.ops.gathered(parts[2])
        return parts[0], parts[1], parts[2]

    def _latent(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Multi-head latent attention (DeepSeek): queries and a compressed key-value stream."""
        a, ops, weights = self.attention, self.ops, self.weights
        norms = {m.name: m for m in self.norms}
        rope, nope = a.rope_dim, a.head_dim - a.rope_dim
        if a.q_lora_rank is None:
            q = self._grown(self.linears["q_proj"], x, self.heads * a.head_dim)
        else:
            q = weights.linear(self.linears["q_a_proj"], x)
            q = self._rms(norms["q_a_layernorm"], q)
            q = self._grown(self.linears["q_b_proj"], q, self.heads * a.head_dim)
        q_pass, q_rot = ops.split(q, (nope / a.head_dim, rope / a.head_dim))
        del q
        compressed = weights.linear(self.linears["kv_a_proj_with_mqa"], x)
        rank = a.kv_lora_rank or 0
        latent, k_rot = ops.split(compressed, (rank / (rank + rope), rope / (rank + rope)))
        del compressed
        latent = self._rms(norms["kv_a_layernorm"], latent)
        q_rot, k_rot = (rotate(ops, self.traits.rope, t, 1.0, x.width) for t in (q_rot, k_rot))
        q = ops.cat((q_pass, q_rot))
        del q_pass, q_rot
        grown = self._grown(self.linears["kv_b_proj"], latent, self.heads * (nope + a.v_head_dim))
        share = nope / (nope + a.v_head_dim)
        k_pass, v = ops.split(grown, (share, 1 - share))
        del grown
        k = ops.filled(tokens(self.heads * a.head_dim), (k_pass, k_rot))
        return q, k, v

    def _rms(self, module: Module, x: Tensor) -> Tensor:
        return normalise(self.weights, "llama", Norm(module.name, "rms", module.rows), x)

    def _core(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        recipe = self.weights.recipe
        eager = recipe.eager or not self.traits.sdpa
        if not eager:
            return self._fused_core(q, k, v)
        core = {"bloom": self._bloom, "gpt_oss": self._sink, "falcon": self._falcon}
        return core.get(self.traits.core, self._eager)(q, k, v)

    def _fused_core(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """SDPA: flash for 16 bits without a mask, else memory-efficient with K and V expanded."""
        a, ops, recipe = self.attention, self.ops, self.weights.recipe
        masked = recipe.masks(a)
        groups = self.heads / self.kv_heads
        if masked and groups > 1:
            k, v = self._repeated(k, groups), self._repeated(v, groups)
            groups = 1
        if recipe.autocast is not None:
            q, k, v = (ops.cast(t, recipe.autocast) for t in (q, k, v))
        flash = q.width == 2 and not masked and a.head_dim == a.v_head_dim and a.head_dim <= 256
        extra: tuple[Tensor, ...] = ()
        if not flash:
            if groups > 1:
                k, v = self._repeated(k, groups), self._repeated(v, groups)
            if masked:
                bias = self.weights.tape.empty(pairs(1), q.width)
                inverse = self.weights.tape.empty(pairs(1), 1)
                del inverse
                extra = (bias,)
        sizes = tokens(self.heads * a.v_head_dim), tokens(self.heads)
        out = ops.attention_core(q, k, v, extra, sizes, recipe.cp)
        head_major = flash and self.traits.head_major and a.position == "rope"
        return ops.copy(out) if head_major or recipe.cp > 1 else out

    def _repeated(self, x: Tensor, groups: float) -> Tensor:
        return self.ops.expanded(x, groups)

    def _values(self, v: Tensor) -> Tensor:
        groups = self.heads / self.kv_heads
        if groups > 1:
            return self._repeated(v, groups)
        return v

    def _eager(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """softmax(q kᵀ · scale + mask) v, written out."""
        a, ops, wide = self.attention, self.ops, self.weights.recipe.wide
        kept = self._repeated(k, self.heads / self.kv_heads) if self.heads > self.kv_heads else k
        values = self._values(v)
        scores = self._product(q, kept)
        scores = ops.scaled(scores)
        if a.softcap is not None:
            scores = ops.scaled(scores)
            scores = ops.unary(scores, saves="output")
            scores = ops.scaled(scores)
        scores = ops.scaled(scores)
        width = FP32 if self.traits.softmax == "fp32" or ops.autocast else scores.width
        probabilities = ops.cast(ops.softmax(scores, width), q.width)
        del scores
        probabilities = ops.dropout(probabilities, a.dropout)
        copies = wide and self.heads == self.kv_heads
        out = ops.matmul(
            probabilities, ops.copy(ops.lower(values)) if copies else values,
            tokens(self.heads * a.v_head_dim),
        )  # fmt: skip
        return ops.copy(out)

    def _product(self, q: Tensor, k: Tensor) -> Tensor:
        ops, wide = self.ops, self.weights.recipe.wide
        q, k = ops.lower(q), ops.lower(k)
        if wide:
            q = ops.copy(q)
            if self.heads == self.kv_heads:
                k = ops.copy(k)
        return ops.matmul(q, k, pairs(self.heads))

    def _falcon(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        ops = self.ops
        scores = self._product(q, self._expanded(k))
        scores = ops.scaled(scores)
        probabilities = ops.unary(scores, saves="output")
        del scores
        out = ops.matmul(
            probabilities, self._expanded(v), tokens(self.heads * self.attention.v_head_dim)
        )
        return ops.copy(out)

    def _expanded(self, x: Tensor) -> Tensor:
        groups = self.heads / self.kv_heads
        return self._repeated(x, groups) if groups > 1 and self.weights.recipe.wide else x

    def _bloom(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """BLOOM: scores by baddbmm onto the position bias, softmax in fp32."""
        a, ops = self.attention, self.ops
        if self.weights.recipe.wide:
            q, k, v = ops.copy(q), ops.copy(k), ops.copy(v)
        scores = ops.matmul(q, k, pairs(self.heads))
        masked = ops.scaled(scores)
        del scores
        probabilities = ops.cast(ops.softmax(masked, FP32), q.width)
        del masked
        probabilities = ops.dropout(probabilities, a.dropout)
        return ops.copy(ops.matmul(probabilities, v, tokens(self.heads * a.v_head_dim)))

    def _sink(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """gpt-oss: one more column of scores, the maximum taken off, softmax in 16 bits."""
        a, ops = self.attention, self.ops
        groups = self.heads / self.kv_heads
        k, v = self._repeated(k, groups), self._repeated(v, groups)
        scores = ops.scaled(self._product(q, k))
        scores = ops.scaled(scores)
        scores = ops.cat((scores,))
        shifted = ops.scaled(scores)
        probabilities = ops.part(ops.unary(shifted, saves="output"), 1.0)
        probabilities = ops.dropout(probabilities, a.dropout)
        out = ops.matmul(probabilities, v, tokens(self.heads * a.v_head_dim))
        return ops.copy(out)
