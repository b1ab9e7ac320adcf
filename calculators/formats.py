"""Number formats: how many bits a weight really takes, and what of a model it is applied to."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

from calculators.text import Text

Kind = Literal["float", "int", "grouped", "block", "mix", "stated"]
Scope = Literal["all", "linear", "experts"]


class NumberFormat(BaseModel):
    """One format. All sizes in bits unless they say bytes.

    ``kind``: ``float`` and ``int`` are plain numbers; ``grouped`` adds ``group_overhead_bits``
    (scale, zero point) for each ``group`` of weights; ``block`` packs ``block`` weights into
    ``block_bytes`` (GGUF); ``mix`` is a GGUF file type that stores most matrices in ``base``
    and comes to ``mean_bits``, as does a ``block`` type whose name is a mixed file's too;
    ``stated`` is a mean that the asker gives (``4.5bpw``). ``scope`` is what of a model it is
    applied to: everything, the matrices inside the layers (embeddings, norms and head stay
    16-bit), or routed experts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    id: str
    title_en: str
    title_zh: str
    kind: Kind
    scope: Scope
    source: str
    aliases: list[str] = []
    bits: int | None = None
    sign_bits: int | None = None
    exponent_bits: int | None = None
    mantissa_bits: int | None = None
    group: int | None = None
    group_overhead_bits: int | None = None
    block: int | None = None
    block_bytes: int | None = None
    base: str | None = None
    mean_bits: float | None = None

    @property
    def title(self) -> Text:
        """The name in words."""
        return Text(self.title_en, self.title_zh)

    @property
    def bits_per_weight(self) -> float:
        """Bits that one weight takes in storage, scales and zero points included."""
        if self.kind in ("mix", "stated"):
            return float(self.mean_bits or 0)
        if self.kind == "block":
            return 8 * (self.block_bytes or 0) / (self.block or 1)
        overhead = (self.group_overhead_bits or 0) / (self.group or 1)
        return (self.bits or 0) + overhead

    @property
    def bytes_per_weight(self) -> float:
        """Bytes that one weight takes in storage."""
        return self.bits_per_weight / 8

    @property
    def significant_bits(self) -> int | None:
        """Sign, exponent and mantissa together: 19 for tf32; None for block formats."""
        if self.mantissa_bits is None:
            return None
        return (self.sign_bits or 0) + (self.exponent_bits or 0) + self.mantissa_bits

    @property
    def quantises_embeddings(self) -> bool:
        """Whether token embeddings and head are stored in it too."""
        return self.scope == "all"


_STATED = re.compile(r"(\d{1,2}(?:\.\d{1,3})?)bpw")
_FEWEST_BITS, _MOST_BITS = 1, 16


def stated_format(name: str) -> NumberFormat | None:
    """Return the format of ``4.5bpw``: a mean of bits a weight over the layers' matrices.

    Embeddings and norms stay 16-bit, as in EXL2 files (exllamav2, doc/convert.md), whose head
    takes 6 bits by default.
    """
    found = _STATED.fullmatch(name)
    if found is None or not _FEWEST_BITS <= float(found[1]) <= _MOST_BITS:
        return None
    bits = float(found[1])
    return NumberFormat(
        id=f"{bits:g}bpw",
        title_en=f"{bits:g} bits a weight on average",
        title_zh=f"平均每权重 {bits:g} 位",
        kind="stated",
        scope="linear",
        mean_bits=bits,
        source="as stated in the question",
    )
