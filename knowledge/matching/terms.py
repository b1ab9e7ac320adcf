"""The terms by which phrasings are found and compared: a message's tokens, English words cut short.

Who books, booked a booking: with the endings off, an entry that is known by a few ways of asking is
found by the other forms of its words too. Crude on purpose; both sides are cut in the same way.
"""

from __future__ import annotations

from functools import lru_cache

from knowledge.text import Reading

_SHORTEST = 5
"""Words below this length keep their endings."""
_LEAST = 3
"""What is left of a word has at least this many letters, one more before the longer endings."""
_ENDINGS = ("ations", "ation", "ements", "ement", "ating", "ated", "ates", "ate", "ings", "ing")
_MORE = ("ions", "ion", "ment", "ally", "ers", "ed", "er", "es", "ly", "al", "or", "s")
_DOUBLED = frozenset("bdgklmnprt")
_WORDS = """
a about an and any are at be been by can could did do does done for from get give go got had
has have help here how i if in into is it its just know let like look make may me more much my
need no not of on one or our out please pls say see should show so some tell than thank that
the their them then there these thing think this those to too up us use very want was way we
what when where which who why will with work would you your
after again already also always another anybody anyone anything because before being best better
each else ever every everybody everyone good great guys hello hey hi if many maybe might must
never next now often only other people right same since somebody someone something sometimes
still sure today tomorrow until whom whose yet
怎么 么办 么样 怎样 如何 什么 为什 请问 问一 一下 多少 哪里 在哪 哪个 可以 能不 不能
有没 没有 有什 是不 不是 这个 那个 我们 你们 他们 我的 我想 想要 知道 大家 谢谢 帮忙
应该 现在 吗 呢 的 了
要不 不要 不用 是否 可不 否可 会不 不会 好不 不好 能用 么时 时候 候能 哪儿 哪些 几个 多久 一般
谁有 有谁 谁能 谁知 有人 人知 道怎 还能 还有 现有 一些 一个 一下 如果 但是 因为 所以 已经 还是
或者 需要 帮我 问下 看下 看看 想问 请教 各位 大佬 为啥 咋办 咋样 咋弄 怎办 啥时
"""
FUNCTION_WORDS = frozenset(_WORDS.split())
"""Words of any question whatever, and pairs of Chinese characters from such words."""


def index_terms(reading: Reading) -> list[str]:
    """Return the terms of a message in order, as often as they occur."""
    return [stem(token) for token in reading.tokens()]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return a word of Latin letters without its ending; anything else as it is."""
    if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()) or word in FUNCTION_WORDS:
        return word
    for ending in (*_ENDINGS, *_MORE):
        left = len(word) - len(ending)
        if word.endswith(ending) and left >= _LEAST + (len(ending) > 2 and ending != "ing"):
            word = word[:left]
            break
    if len(word) > _LEAST and word[-1] == word[-2] and word[-1] in _DOUBLED:
        return word[:-1]
    if len(word) > _LEAST + 1 and word[-1] in "eiy":
        return word[:-1]
    return word
