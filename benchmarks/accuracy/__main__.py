"""Compare the calculators and their peers with measured truth: ``make accuracy``.

The peers run in an environment of their own (``.venv-accuracy``, made at the first run from
``requirements.txt``); with ``--committed`` their committed answers are taken instead. Renew the
truth itself with ``python -m benchmarks.accuracy.truth`` in that environment.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.accuracy.compare import ROOT, show

HERE = Path(__file__).parent
ENVIRONMENT = ROOT / ".venv-accuracy"
WITHOUT_REQUIREMENTS = ("llm-analysis==0.2.2",)
"""Peers whose own pins exclude the others; they run all the same."""
NODE_PEER = "fitllm-engine@2.18.0"
ENGINE = ENVIRONMENT / "node_modules" / "fitllm-engine" / "engine.js"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--committed", action="store_true", help="do not ask the peers again")
    parser.add_argument("--write", action="store_true", help="renew the committed tables")
    options = parser.parse_args()
    if not options.committed:
        _ask_peers()
    show(write=options.write)


def _ask_peers() -> None:
    python = ENVIRONMENT / "bin" / "python"
    try:
        if not python.exists():
            venv.create(ENVIRONMENT, with_pip=True)
            pip = [str(python), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True)
            subprocess.run([*pip, "--no-deps", *WITHOUT_REQUIREMENTS], check=True)
        _install_node_peer()
        for script in ("peers.py", "cache_peers.py", "published_peers.py"):
            command = [str(python), str(HERE / script), str(ENGINE)]
            subprocess.run(command, check=True, capture_output=True)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"The peers could not be asked ({error}); their committed answers stand in.")
        print(f"Remove {ENVIRONMENT.name} to set them up anew.", file=sys.stderr)


def _install_node_peer() -> None:
    """Install the peer that is written for node, where node is at hand."""
    if shutil.which("npm") and not ENGINE.exists():
        npm = ["npm", "install", "--silent", "--no-audit", "--prefix", str(ENVIRONMENT), NODE_PEER]
        subprocess.run(npm, check=True, capture_output=True)


if __name__ == "__main__":
    main()
