"""T5 (arXiv 1910.10683): counted so that its refusal can say how large it is.

An encoder-decoder has no place in the memory model of decoder-only language models, but the
count of its parameters is exact; a head that the config leaves untied counts of its own, as in
the published T5 1.1 weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calculators.architecture.keys import Keys

DEFAULTS = {
    "num_heads": 8,
    "relative_attention_num_buckets": 32,
    "feed_forward_proj": "relu",
    "tie_word_embeddings": True,
}
TYPES = ("t5", "mt5")
CLASSES = ("", "T5ForConditionalGeneration", "MT5ForConditionalGeneration", "T5WithLMHeadModel")


def t5_parameters(config: Mapping[str, Any]) -> int:
    """Return the parameters of a T5; raises InvalidRequest for missing or malformed keys."""
    keys = Keys(config, DEFAULTS)
    hidden, vocab = keys.size(("d_model", "hidden_size")), keys.size(("vocab_size",))
    heads = keys.integer("num_heads", "num_attention_heads")
    inner, width = heads * keys.size(("d_kv",)), keys.size(("d_ff",))
    encoder = keys.size(("num_layers", "num_hidden_layers"))
    decoder = keys.integer("num_decoder_layers", default=encoder)
    gated = keys.text("feed_forward_proj").startswith("gated")
    block = (3 if gated else 2) * hidden * width
    attention = 4 * hidden * inner
    layers = encoder * (attention + block + 2 * hidden)
    layers += decoder * (2 * attention + block + 3 * hidden)
    positions = 2 * keys.integer("relative_attention_num_buckets") * heads
    embeddings = vocab * hidden * (1 if keys.flag("tie_word_embeddings") else 2)
    return layers + positions + 2 * hidden + embeddings
