"""Look-ups in the registries, remembered: the same names come again and again."""

from __future__ import annotations

from functools import lru_cache

from calculators import registry

_SIZE = 512

choose_gpu = lru_cache(maxsize=_SIZE)(registry.choose_gpu)
find_gpu = lru_cache(maxsize=_SIZE)(registry.find_gpu)
find_format = lru_cache(maxsize=_SIZE)(registry.find_format)
find_model = lru_cache(maxsize=_SIZE)(registry.find_model)
