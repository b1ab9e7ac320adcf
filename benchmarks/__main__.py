"""``make bench``: every speed figure, each with its baseline in the same run."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = ("answers", "calculators", "cold", "mentions", "changes", "hostile")


def main() -> None:
    """Run all benchmarks, or those named on the command line."""
    for name in sys.argv[1:] or BENCHMARKS:
        importlib.import_module(f"benchmarks.{name}").main()
        print()


if __name__ == "__main__":
    main()
