"""Numbered documents: which lines are questions, and what is made of them."""

import pytest

from knowledge.faq_document import is_faq_document, read_questions, slug


def labels(text):
    return [(one.label, one.title) for one in read_questions(text)]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("1. How much?", "How much?"),
        ("1、多大？", "多大？"),
        ("## 1) How much?", "How much?"),
        ("**1. How much?**", "How much?"),
        ("Q1: How much?", "How much?"),
        ("问题1：多大？", "多大？"),
        ("1.What", "What"),
    ],
)
def test_ways_of_numbering(line, title):
    assert labels(f"{line}\n\nAn answer.") == [("1", title)]


def test_parts_of_a_question_are_questions():
    text = "1. a\n1.1 b\nx\n1.2. c\n1.2.1 d\n2. e\n2.1 f\n3. g"
    assert [label for label, _ in labels(text)] == [
        "1",
        "1.1",
        "1.2",
        "1.2.1",
        "2",
        "2.1",
        "3",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "1. first\n2. second\n3. third",
        "2 cards are enough",
        "2 GB",
        "5. out of order",
        "0.5 b",
        "```\n2. in code\n```",
        "12.5 hours",
    ],
)
def test_numbers_in_an_answer_are_no_questions(answer):
    assert labels(f"1. How?\n{answer}\n2. Then?") == [("1", "How?"), ("2", "Then?")]


def test_a_document_that_does_not_begin_at_one_is_none():
    assert not is_faq_document("4. somewhere in the middle\nx")
    assert not is_faq_document("---\nid: x\n---\n1. a\nb")


@pytest.mark.parametrize(
    ("text", "id_"),
    [("Our FAQ v2", "our-faq-v2"), ("大模型", ""), ("a" * 99, "a" * 60), ("../../etc", "etc")],
)
def test_slugs(text, id_):
    assert slug(text) == id_
