"""A cold ``vrambot ask`` against a process that only imports sympy.

Compared is the processor time of whole processes, which a busy machine changes least. Both find
their bytecode compiled, as an installer or a first run leaves it, whatever the environment says.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable

from benchmarks.timing import Times, report

QUESTIONS = ("7b fp16 adamw", "how do I see the NVLink topology of my server?")
RUNS = 15


def main() -> None:
    """Measure whole processes in turn."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "VRAMBOT_HOME": home,
            "PYTHONPYCACHEPREFIX": f"{home}/compiled",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def process(*arguments: str) -> Callable[[], float]:
            return lambda: cpu_time_s([sys.executable, *arguments], environment)

        baseline = process("-c", "import sympy")
        print("cold: a whole process, user and system time")
        for question in QUESTIONS:
            ask = process("-m", "bot", "ask", question)
            pairs = [(ask(), baseline()) for _ in range(RUNS + 1)][1:]  # the first one compiles
            mine, other = zip(*pairs, strict=True)
            names = f'vrambot ask "{question}"', 'python -c "import sympy"'
            report(Times(names[0], mine), Times(names[1], other))


def cpu_time_s(command: list[str], environment: dict[str, str]) -> float:
    """Run a process to its end and return the user and system time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
