"""Sources in the words of the answer's language; names of papers stay names."""

import re

import pytest

from bot.rendering.citations import cited


@pytest.mark.parametrize(
    ("title", "locator", "english", "chinese"),
    [
        (
            "LLM GPU memory FAQ",
            "question 5, after ZeRO (arXiv 1910.02054)",
            "LLM GPU memory FAQ, question 5, after ZeRO (arXiv 1910.02054)",
            "大模型显存 FAQ，第 5 问，源自 ZeRO（arXiv 1910.02054）",
        ),
        (
            "LLM GPU memory FAQ",
            "questions 1 and 4",
            "LLM GPU memory FAQ, questions 1 and 4",
            "大模型显存 FAQ，第 1、4 问",
        ),
        (
            "LLM GPU memory FAQ",
            "question 7.1",
            "LLM GPU memory FAQ, question 7.1",
            "大模型显存 FAQ，第 7.1 问",
        ),
        (
            "LLM GPU memory FAQ",
            "question 6: 1.3 GB of CUDA context",
            "LLM GPU memory FAQ, question 6: 1.3 GB of CUDA context",
            "大模型显存 FAQ，第 6 问：CUDA 上下文 1.3 GB",
        ),
        (
            "LoRA",
            "arXiv 2106.09685, section 4.2",
            "LoRA, arXiv 2106.09685, section 4.2",
            "LoRA，arXiv 2106.09685，第 4.2 节",
        ),
        ("LLM VRAM FAQ", "section 8.8", "LLM VRAM FAQ, section 8.8", "大模型显存 FAQ，第 8.8 节"),
        ("A paper", "", "A paper", "A paper"),
    ],
)
def test_a_place_in_a_source_is_said_in_the_answers_language(title, locator, english, chinese):
    assert cited(title, locator, "en") == english
    assert cited(title, locator, "zh") == chinese


def test_every_source_of_the_faq_is_chinese_in_a_chinese_answer():
    from bot.answering import Answerer
    from bot.question import Question
    from bot.rendering.sections import source_lines

    asked = ["四张V100 32G能训65B吗", "7B 推理需要多少显存", "7b int8 adamw 训练显存"]
    lines = [line for text in asked for line in source_lines(Answerer().answer(Question(text)))]
    of_faq = [line for line in lines if "FAQ" in line]
    assert of_faq
    assert not [line for line in of_faq if re.search(r"question|memory FAQ|worked", line)]
