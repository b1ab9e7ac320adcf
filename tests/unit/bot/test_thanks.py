"""Thanks ask nothing: one short sentence answers them, and the conversation goes on after."""

from __future__ import annotations

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.meant import is_meant
from bot.phrases import is_thanks
from bot.question import Question


@pytest.mark.parametrize(
    "text",
    ["thanks, great", "Thank you very much!", "thx :+1:", "got it, thanks", "谢谢 🙏", "ok 谢谢",
     "谢谢", "好的，谢谢你！", "明白了", "太好了，多谢", "That's very helpful, thank you"],
)  # fmt: skip
def test_words_of_thanks(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    ["thanks, and 13B?", "what about 7B", "great, with LoRA", "ok", "", "?", "谢谢，那 13B 呢",
     "is it good", "好的，int4", "help", "棒不棒吗", "thanks for int4", "LoRA", "🙏",
     "谢" * 59 + "卡"],
)  # fmt: skip
def test_whatever_asks_or_says_more_is_none(text: str) -> None:
    assert not is_thanks(text)


@pytest.mark.parametrize(
    ("first", "thanks", "language", "more"),
    [
        ("13B 推理要多少显存", "谢谢", "zh", "那 7B 呢"),
        ("memory to train 13B?", "thanks, great", "en", "what about 7B"),
        ("13B 推理要多少显存", "thx", "zh", "int4?"),
    ],
)
def test_thanks_get_one_short_sentence_and_change_nothing(
    first: str, thanks: str, language: str, more: str
) -> None:
    threads = MemoryThreads()
    answerer = Answerer(threads=threads)
    answerer.answer(Question(first))
    said = answerer.answer(Question(thanks))
    assert (said.kind, said.language) == ("help", language)
    assert said.message == {"zh": "不客气。", "en": "You are welcome."}[language]
    assert not is_meant(thanks, threads.thread(Question(thanks).place))
    assert answerer.answer(Question(more)).changed
