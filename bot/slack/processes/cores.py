"""How many processors this process may use."""

from __future__ import annotations

import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""A container's share of processor time in a period, both in microseconds (Linux, cgroup v2)."""


def cores(quota: Path = QUOTA) -> int:
    """Return the whole processors that this process may use, at least one."""
    try:
        found = len(os.sched_getaffinity(0))
    except AttributeError:
        found = os.cpu_count() or 1
    try:
        share, period = quota.read_text().split()[:2]
        return max(1, min(found, int(share) // int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        return found
