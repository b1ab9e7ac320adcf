"""Errors of the knowledge package.

::

    KnowledgeError
    ├── EntryFileError       an entry file that cannot be read as an entry
    └── DataFileError        the glossary or a file of negatives that cannot be read

Each carries the file's name and a sentence in both languages, so that the caller can print either.
"""

from __future__ import annotations

from knowledge.entries import Bilingual, Language


class KnowledgeError(Exception):
    """Anything that goes wrong in ``knowledge``; ``message`` is the sentence in both languages."""

    def __init__(self, message: Bilingual) -> None:
        super().__init__(message.en)
        self.message = message

    def in_(self, language: Language) -> str:
        """Return the sentence in ``language``."""
        return self.message.in_(language)


class EntryFileError(KnowledgeError):
    """An entry file that is missing, not UTF-8, not YAML plus Markdown, or lacks a field.

    ``file`` is the file's name, ``reason`` what is wrong, in both languages.
    """

    def __init__(self, file: str, reason: Bilingual) -> None:
        super().__init__(
            Bilingual(
                en=f"{file} is not a readable entry: {reason.en}",
                zh=f"{file} 不是可读的条目:{reason.zh}",
            )
        )
        self.file = file
        self.reason = reason


class DataFileError(KnowledgeError):
    """A data file beside the code that is missing, not TOML, or not of the expected shape."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(
            Bilingual(en=f"{file} cannot be read: {reason}", zh=f"无法读取 {file}:{reason}")
        )
        self.file = file
        self.reason = reason
