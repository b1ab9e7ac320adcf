"""Measure the cases that the results file lacks: ``python -m benchmarks.accuracy.truth``."""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers

from benchmarks.accuracy.truth.cases import cases, held_out
from benchmarks.accuracy.truth.step import measure

RESULTS = Path(__file__).parents[1] / "data" / "truth.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--match", default="", help="only cases whose name contains this")
    parser.add_argument("--again", action="store_true", help="measure cases that are there too")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    known = json.loads(options.output.read_text())["cases"] if options.output.exists() else []
    results = {entry["case"]["name"]: entry for entry in known}
    for case in cases():
        if options.match in case["name"] and (options.again or case["name"] not in results):
            entry = _entry(case)
            if entry is not None:
                results[case["name"]] = entry
                _write(options.output, results)


def _entry(case: dict[str, Any]) -> dict[str, Any] | None:
    start = time.monotonic()
    try:
        measured = measure(case)
    except Exception:
        print("FAILED", case["name"], file=sys.stderr)
        traceback.print_exc()
        return None
    print(f"{time.monotonic() - start:6.1f} s  {case['name']}", flush=True)
    return {"held_out": held_out(case["name"]), "case": case, "measured": measured}


def _write(path: Path, results: dict[str, dict[str, Any]]) -> None:
    import peft

    names = {case["name"] for case in cases()}
    content = {
        "versions": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
            **{name: version(name) for name in ("deepspeed", "torchao")},
        },
        "cases": [entry for name, entry in results.items() if name in names],
    }
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
