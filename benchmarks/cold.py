"""A cold ``vrambot ask`` against a process that only imports sympy."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from benchmarks.timing import Times, measure, report


def main() -> None:
    """Measure whole processes in pairs."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "VRAMBOT_HOME": home}

        def run(*arguments: str) -> None:
            subprocess.run(
                [sys.executable, *arguments], env=environment, check=True, capture_output=True
            )

        def ask() -> None:
            run("-m", "bot", "ask", "7b fp16 adamw")

        ask()
        mine, other = measure(ask, lambda: run("-c", "import sympy"), 15)
    print("cold: a whole process")
    report(Times('vrambot ask "7b fp16 adamw"', mine), Times('python -c "import sympy"', other))
