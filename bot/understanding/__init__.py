"""The deterministic reading of a message in Chinese, English or both."""

from bot.understanding.language import detect_language
from bot.understanding.understand import to_context, understand
from bot.understanding.understood import Problem, Span, Understood

__all__ = ["Problem", "Span", "Understood", "detect_language", "to_context", "understand"]
