"""Phrases are found whole and longest first, whenever they were added."""

from __future__ import annotations

import pytest

from bot.understanding import understand
from bot.understanding.atoms import first_piece, pieces, tokenize
from bot.understanding.lexicon import SEPARATORS, Match, Trie


def longest(trie: Trie, text: str) -> Match | None:
    return trie.longest(tokenize(text), 0)


def test_the_longest_phrase_wins_and_keeps_its_tags_in_order() -> None:
    trie = Trie()
    trie.add("kv cache", ("a", "short"))
    trie.add("KV cache per token", ("b", "long"))
    trie.add("kv-cache", ("c", "other"))
    trie.add("kv cache", ("a", "short"))
    assert longest(trie, "kv cache per gpu") == Match(0, 2, (("a", "short"), ("c", "other")))
    assert longest(trie, "kv_cache per token") == Match(0, 5, (("b", "long"),))
    assert longest(trie, "cache") is None


def test_a_phrase_added_after_a_search_is_found_by_the_next() -> None:
    trie = Trie()
    trie.add("显存", ("a", "memory"))
    assert longest(trie, "显卡") is None
    trie.add("显卡", ("b", "card"))
    assert longest(trie, "显卡") == Match(0, 2, (("b", "card"),))
    assert longest(trie, "显存") == Match(0, 2, (("a", "memory"),))


def test_nothing_begins_behind_the_last_atom() -> None:
    trie = Trie()
    trie.add("7b", ("size", "7b"))
    assert trie.longest(tokenize("7b"), 2) is None
    assert trie.longest((), 0) is None


@pytest.mark.parametrize(
    "phrase", ["70b", "1,024 tokens", ".5", "-x", "- 显存", "显存", "Llama 2", "", " ", "--", "+1"]
)
def test_the_first_piece_is_the_first_of_all_pieces(phrase: str) -> None:
    parts = [piece for piece in pieces(phrase) if piece not in SEPARATORS]
    assert first_piece(phrase, SEPARATORS) == (parts[0] if parts else None)


@pytest.mark.parametrize(
    "text",
    [
        "lora rank 64 all linear llama-3.1-8b 4090",
        "lora rank 64 on all linear layers, llama-3.1-8b, 4090",
        "llama-3.1-8b 4090 LoRA 秩 64 所有线性层",
    ],
)
def test_lora_on_every_linear_layer_is_read(text: str) -> None:
    understood = understand(text)
    assert understood.request["lora"] == {"rank": 64, "targets": "all-linear"}
    assert not understood.ignored
