"""The packaged knowledge: what every entry holds, and the facts that its text must get right."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from knowledge.entries import Entry
from knowledge.errors import EntryFileError, KnowledgeError
from knowledge.loader import (
    find_entry,
    load_entries,
    load_glossary,
    load_negatives,
    parse_entry,
    split_body,
)

IDS = {
    "model-size",
    "vicuna-65b-on-4xv100",
    "65b-on-little-vram",
    "inference-memory",
    "training-memory",
    "estimate-memory",
    "gpu-utilization",
    "gpu-utilization-flops",
    "gpu-utilization-throughput",
    "gpu-utilization-profiler",
    "network-speed",
    "nvlink-topology",
    "gpu-model",
    "training-flops",
    "deepspeed-environment",
    "tf32-bits",
    "gpu-comparison",
    "communication-overhead",
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FENCED = re.compile(r"```.*?```", re.DOTALL)

MINIMAL = """---
id: warm-up
title: {en: Warm up, zh: 预热}
ask:
  en: [how to warm up]
  zh: [怎么预热]
sources: [{title: A book}]
reviewed: 2026-11-24
---
<!-- en -->
Run a step.
<!-- zh -->
先跑一步。
"""


def entry(entry_id: str) -> Entry:
    return next(each for each in load_entries() if each.id == entry_id)


def test_there_is_one_entry_for_each_question_of_the_faq() -> None:
    assert {each.id for each in load_entries()} == IDS


@pytest.mark.parametrize("entry_id", sorted(IDS))
def test_an_entry_is_found_by_its_id_alone(entry_id: str) -> None:
    assert find_entry(entry_id) == entry(entry_id)


@pytest.mark.parametrize("entry_id", ["", "no-such-entry", "../faq/model-size", "model-size.md"])
def test_no_other_name_leads_to_a_file(entry_id: str) -> None:
    assert find_entry(entry_id) is None


@pytest.mark.parametrize("entry_id", sorted(IDS))
def test_an_entry_can_be_asked_for_in_many_ways_in_both_languages(entry_id: str) -> None:
    ask = entry(entry_id).ask
    assert len(ask.en) >= 40
    assert len(ask.zh) >= 40
    assert sum(bool(CHINESE.search(way)) for way in ask.en) == 0


@pytest.mark.parametrize("entry_id", sorted(IDS))
def test_a_body_is_neither_a_stub_nor_an_essay(entry_id: str) -> None:
    body = entry(entry_id).body
    english = len(FENCED.sub("", body.en).split())
    chinese = len(CHINESE.findall(FENCED.sub("", body.zh)))
    assert 100 <= english <= 380
    assert 120 <= chinese <= 420


@pytest.mark.parametrize("entry_id", sorted(IDS))
def test_both_languages_show_the_same_commands_and_code(entry_id: str) -> None:
    body = entry(entry_id).body
    assert len(FENCED.findall(body.en)) == len(FENCED.findall(body.zh))


def test_entries_are_read_once() -> None:
    assert load_entries() is load_entries()


# Facts where the FAQ is dated or loose; the numbers are worked out beside each.
FACTS = [
    # 65.29e9 x 2 bytes = 130.57e9 bytes = 121.6 GiB; 65e9 x 16 = 1,040e9; flash-attn's README.
    ("vicuna-65b-on-4xv100", ["121.6 GiB", "Turing", "Ampere", "xFormers", "bf16"]),
    # 7 x 20 = 140 where the FAQ says 160; 7 x 16 = 112; 7 x 18 = 126 with fp32 gradients.
    ("training-memory", ["140", "160", "112 GB", "126"]),
    # (80 - 25.3) / 0.98986 = 55.26; (81,920 MiB = 85.90e9; 85.90 - 25.3) / 0.98986 = 61.2.
    ("estimate-memory", ["25.3", "990 MB", "55", "61", "50", "6.74", "34·s·b·h"]),
    # 2 x 32 layers x 32 heads x 128 x 2 bytes = 524,288 bytes a token.
    ("inference-memory", ["524,288", "131,072", "1.07 GB"]),
    # 6 x 6.607e9 + 12 x 32 x 2048 x 4096 = 42.87e9 FLOP; x 1536 / 312e12 = 21.1 %.
    ("gpu-utilization-throughput", ["46.5 %", "21.1 %", "45.3 %", "19.9 %", "42.9"]),
    # 100 / 312 = 32.05 %; 180 / 312 = 57.7 %; 180 / 989 = 18.2 %.
    ("gpu-utilization-flops", ["32.05 %", "58 %", "18 %", "989"]),
    # 1 + 8 + 10 = 19.
    ("tf32-bits", ["19", "1 + 8 + 10", "32"]),
    ("network-speed", ["iftop", "ibstat", "perfquery", "all_reduce_perf", "RDMA"]),
    (
        "nvlink-topology",
        ["nvidia-smi topo -m", "NV#", "PIX", "PXB", "PHB", "NODE", "SYS"],
    ),
    ("gpu-model", ["--query-gpu=", "compute_cap", "github.com/NVIDIA/cuda-samples", "11.6"]),
    ("training-flops", ['"flops_profiler"', '"profile_step"', "42.9"]),
    ("deepspeed-environment", ["ds_report", "CUDA_HOME"]),
    ("gpu-comparison", ["https://lambdalabs.com/gpu-benchmarks"]),
    # 3 x 6.74e9 x 2 bytes = 40.4e9 bytes a micro-step and card under ZeRO-3.
    ("communication-overhead", ["AllGather", "ReduceScatter", "ncclDevKernel", "40 GB"]),
    ("gpu-utilization-profiler", ["torch.profiler", "perfetto", "30"]),
    ("gpu-utilization", ["GPU-Util", "MFU", "HFU"]),
    # 65.3e9 x 4.127 / 8 = 33.7e9 bytes.
    ("65b-on-little-vram", ["33.7 GB", "nf4", "48 GB", "LoRA"]),
    # 6.738e9 x 2 = 13.5e9 bytes = 12.6 GiB.
    ("model-size", ["2n GB", "13.5 GB", "12.6 GiB", "130.6 GB"]),
]


@pytest.mark.parametrize(("entry_id", "facts"), FACTS)
def test_a_body_states_the_facts_in_both_languages(entry_id: str, facts: list[str]) -> None:
    body = entry(entry_id).body
    for fact in facts:
        assert fact in body.en
        assert fact in body.zh


def test_the_marker_lines_split_a_body_by_language() -> None:
    parts = split_body("ignored\n<!-- en -->\nOne.\n\n<!-- zh -->\n一。\n")
    assert parts == {"en": "One.", "zh": "一。"}


def test_a_marker_inside_a_code_block_is_code() -> None:
    parts = split_body("<!-- en -->\n```html\n<!-- zh -->\n```\n<!-- zh -->\n二。\n")
    assert parts == {"en": "```html\n<!-- zh -->\n```", "zh": "二。"}


def test_an_entry_file_becomes_an_entry() -> None:
    read = parse_entry(MINIMAL, "warm-up.md")
    assert read.id == "warm-up"
    assert read.ask.zh == ("怎么预热",)
    assert read.calculator is None
    assert read.reviewed == date(2026, 11, 24)
    assert read.body.in_("zh") == "先跑一步。"


def test_further_ways_of_asking_stand_in_files_beside_the_entry(tmp_path: Path) -> None:
    (tmp_path / "warm-up.md").write_text(MINIMAL, encoding="utf-8")
    (tmp_path / "ways").mkdir()
    (tmp_path / "ways" / "warm-up.zh.txt").write_text(
        "先热一下机\n\n  热机步骤\n", encoding="utf-8"
    )
    (read,) = load_entries(tmp_path)
    assert read.ask.zh == ("怎么预热", "先热一下机", "热机步骤")
    assert read.ask.en == parse_entry(MINIMAL, "warm-up.md").ask.en


def test_a_file_of_ways_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "warm-up.md").write_text(MINIMAL, encoding="utf-8")
    (tmp_path / "ways").mkdir()
    (tmp_path / "ways" / "warm-up.en.txt").write_bytes("café".encode("latin-1"))
    with pytest.raises(EntryFileError, match=r"warm-up\.en\.txt.*UTF-8"):
        load_entries(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no front matter at all", "no YAML front matter"),
        ("+++\nid = 'toml'\n+++\nbody", "no YAML front matter"),
        (MINIMAL.replace("id: warm-up", "id: [warm"), "not YAML"),
        (MINIMAL.replace("id: warm-up\n", ""), "id is missing"),
        (MINIMAL.replace("id: warm-up", "id: warm-up\nrank: high"), "unknown key rank"),
        (MINIMAL.replace("reviewed: 2026-11-24", "reviewed: soon"), "reviewed"),
        (MINIMAL.replace("id: warm-up", "id: warm-up\nbody: {en: a}"), "unknown key body"),
        (MINIMAL.replace("id: warm-up", "1: warm-up"), "id is missing"),
        ("---\na: " + "[" * 9000 + "\n---\n", "not YAML"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(EntryFileError, match=reason) as caught:
        parse_entry(text, "warm-up.md")
    assert caught.value.file == "warm-up.md"
    assert caught.value.in_("zh")
    assert isinstance(caught.value, KnowledgeError)


def test_a_folder_of_entries_can_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "warm-up.md").write_text(MINIMAL, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not an entry", encoding="utf-8")
    assert [each.id for each in load_entries(tmp_path)] == ["warm-up"]


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "warm-up.md").write_bytes(b"\xff\xfe---")
    with pytest.raises(EntryFileError, match="UTF-8"):
        load_entries(tmp_path)


def test_negatives_come_from_near_and_far_in_both_languages() -> None:
    negatives = load_negatives()
    messages = negatives.all()
    chinese = sum(bool(CHINESE.search(message)) for message in messages)
    assert len(messages) == len(set(messages)) >= 350
    assert min(len(negatives.near), len(negatives.out), len(negatives.chatter)) >= 80
    assert 0.4 <= chinese / len(messages) <= 0.6


def test_no_way_of_asking_is_a_negative() -> None:
    ways = {way for each in load_entries() for way in (*each.ask.en, *each.ask.zh)}
    assert ways.isdisjoint(load_negatives().all())


def test_a_word_of_the_glossary_has_one_meaning() -> None:
    owner: dict[str, str] = {}
    for term in load_glossary():
        assert re.fullmatch(r"[a-z0-9]+", term.canonical)
        for word in term.words():
            assert owner.setdefault(word.casefold(), term.canonical) == term.canonical


@pytest.mark.parametrize(
    ("word", "canonical"),
    [("显存", "vram"), ("gpu memory", "vram"), ("现存", "vram"), ("优化其", "optimizer"),
     ("infernece", "inference"), ("部署", "inference"), ("utlization", "utilization"),
     ("利用率", "utilization"), ("吞吐", "throughput"), ("deepspeeed", "deepspeed"),
     ("nvlnik", "nvlink"), ("拓扑", "topology"), ("显卡", "gpu")],
)  # fmt: skip
def test_the_glossary_folds_synonyms_and_misspellings(word: str, canonical: str) -> None:
    assert [term.canonical for term in load_glossary() if word in term.words()] == [canonical]
