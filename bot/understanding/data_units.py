"""Units of data, of data rates and of FLOPS as people spell them, with what each is worth."""

from __future__ import annotations

_SIZES = {
    "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50,
}  # fmt: skip
_LONG = {
    "MB": "mbyte mbytes megabyte megabytes meg megs",
    "GB": "g gig gigs gbyte gbytes gigabyte gigabytes",
    "TB": "tbyte tbytes terabyte terabytes",
    "MiB": "mi mebibyte mebibytes",
    "GiB": "gi gibibyte gibibytes",
    "TiB": "ti tebibyte tebibytes",
}
_BYTES = {name.lower(): (name, size) for name, size in _SIZES.items()}
_BYTES.update({word: (name, _SIZES[name]) for name, ways in _LONG.items() for word in ways.split()})
_BITS = {
    **dict.fromkeys(("gbit", "gbits", "gigabit", "gigabits"), ("Gb", 10**9)),
    **dict.fromkeys(("mbit", "mbits", "megabit", "megabits"), ("Mb", 10**6)),
    **dict.fromkeys(("tbit", "tbits", "terabit", "terabits"), ("Tb", 10**12)),
}
BITRATES = {"gbps": ("Gb", 10**9 / 8), "mbps": ("Mb", 10**6 / 8), "tbps": ("Tb", 10**12 / 8)}
FLOPS = {
    **dict.fromkeys(("flops", "flop"), 1.0),
    **dict.fromkeys(("gflops", "gflop", "gigaflops"), 1e9),
    **dict.fromkeys(("tflops", "tflop", "teraflops", "teraflop", "tfs", "tops"), 1e12),
    **dict.fromkeys(("pflops", "pflop", "petaflops", "petaflop"), 1e15),
    **dict.fromkeys(("eflops", "eflop", "exaflops", "exaflop"), 1e18),
}
FLOPS_NAMES = {1.0: "FLOPS", 1e9: "GFLOPS", 1e12: "TFLOPS", 1e15: "PFLOPS", 1e18: "EFLOPS"}


def read_unit(word: str, original: str) -> tuple[str, float] | None:
    """Return a data unit's exact spelling and its bytes; ``Gb`` as written is a gigabit."""
    if word in _BITS:
        name, bits = _BITS[word]
        return name, bits / 8
    if original in ("Gb", "Mb", "Tb", "Kb"):
        return original, _BYTES[word][1] / 8
    return _BYTES.get(word)
