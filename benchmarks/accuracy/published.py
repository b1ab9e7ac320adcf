"""Published measurements on GPUs against the calculators; each source is a data file.

``data/published/*.toml`` name the source, what was measured (``kind``) and in which unit, the
``[request]`` that all its rows share and what each ``[[row]]`` changes in it. A part whose engine
is another one may name the alternative (``beside``) that an answer states for it. Half of the rows,
by the hash of their title, is held out.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from benchmarks.accuracy.answers import DATA, Errors
from calculators import calculate
from calculators.results import Calculation
from calculators.validation import parse_request

UNITS = {"GB": 1e9, "GiB": 2.0**30, "MiB": 2.0**20}
KINDS = ("allocated", "reserved", "total", "states", "kv_cache", "file")
RESIDENT = ("weights", "adapters", "master", "optimizer", "buffers")
OWN = ("measured", "kind", "moment", "over_cards", "shape")
"""Keys of a row that are no fields of a request; ``shape`` names a configuration of the file."""


@dataclass(frozen=True)
class Published:
    """One figure as its authors print it, in bytes, and the request that it answers."""

    title: str
    group: str
    source: str
    kind: str
    measured_bytes: float
    request: dict[str, Any]
    moment: str | None
    cards: int
    differs: str
    beside: str

    @property
    def kind_of_engine(self) -> str:
        """The group, and by what its engine differs from the assumed one."""
        return f"{self.group} ({self.differs})" if self.differs else self.group

    @property
    def held_out(self) -> bool:
        """Whether the row was kept apart, by the hash of its title."""
        return hashlib.sha256(self.title.encode()).digest()[0] % 2 == 1


@lru_cache(maxsize=1)
def measurements() -> tuple[Published, ...]:
    """Return the rows of all sources."""
    files = sorted((DATA / "published").glob("*.toml"))
    return tuple(row for path in files for row in _rows(tomllib.loads(path.read_text())))


def _rows(content: dict[str, Any]) -> Iterator[Published]:
    for part in content["part"]:
        for row in part["row"]:
            changes = {key: value for key, value in row.items() if key not in OWN}
            request = {**part["request"], **changes}
            if "shape" in row:
                request["config"] = content["shapes"][row["shape"]]
            subject = row.get("shape") or row.get("model") or part["request"]["model"]
            words = [f"{key} {value}" for key, value in changes.items() if key != "model"]
            kind = row.get("kind", part["kind"])
            if kind not in KINDS:
                raise ValueError(kind)
            yield Published(
                title=f"{content['short']}: {part['group']}: " + " ".join([subject, *words]),
                group=part["group"],
                source=content["short"],
                kind=kind,
                measured_bytes=row["measured"] * UNITS[part["unit"]],
                request=request,
                moment=row.get("moment", part.get("moment")),
                cards=request.get("gpu_count", 1) if part.get("over_cards") else 1,
                differs=part.get("differs", ""),
                beside=part.get("beside", ""),
            )


def estimated_bytes(row: Published) -> float:
    """Return what the calculators say of the figure that was measured."""
    answer = calculate(parse_request(row.request))
    if row.kind in ("file", "kv_cache"):
        return float(answer.value_bytes or 0)
    if row.kind == "states":
        return float(sum(answer.details["states"][kind] for kind in RESIDENT))
    return _one_card(answer, row) * row.cards


def _one_card(answer: Calculation, row: Published) -> float:
    memory = answer.memory
    if memory is None:
        raise ValueError(row.title)
    if row.moment is not None:
        return float(memory.moments[row.moment])
    found = memory.peak_allocated_bytes
    if row.kind != "allocated":
        found += memory.allocator_bytes + memory.workspace_bytes
    if row.kind == "total":
        found += memory.context_bytes
    return found + _more_beside(answer, row)


def _more_beside(answer: Calculation, row: Published) -> float:
    """Return what a card needs more by the alternative that the answer states for the engine."""
    stated = [other for other in answer.conventions if row.beside and row.beside in other.text.en]
    if not stated or answer.memory is None:
        return 0.0
    total = float(answer.value_bytes or 0)
    more = stated[0].value * UNITS[stated[0].unit] - total
    split = row.request["calculator"] == "training"  # whose answer sums equal cards
    return more * answer.memory.total_bytes / total if split else more


def errors_of(rows: Iterable[Published]) -> Errors:
    """Return the signed relative errors of ``rows``."""
    return Errors(tuple(estimated_bytes(row) / row.measured_bytes - 1 for row in rows))


def published_rows() -> list[str]:
    """Return the tables of published measurements: overall, and by group and source."""
    rows = measurements()
    sources = sorted({row.source for row in rows})
    lines = [
        "### Published GPU measurements",
        "",
        f"{len(rows)} figures from {len(sources)} sources ({', '.join(sources)}); the files in "
        "`benchmarks/accuracy/data/published/` give repository, path, commit and settings.",
        "",
        "| rows | count | median | 90 % | worst |",
        "| --- | --- | --- | --- | --- |",
    ]
    halves = (("all", rows), ("held out", [r for r in rows if r.held_out]))
    lines += [_line([name], part) for name, part in halves]
    same = [row for row in rows if not row.differs]
    lines += [_line(["all, engines as assumed here"], same), ""]
    lines += [
        "| group | source | compared | count | median | 90 % | worst | engine |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key in dict.fromkeys((row.group, row.source, row.kind, row.differs) for row in rows):
        group, source, kind, differs = key
        part = [r for r in rows if (r.group, r.source, r.kind, r.differs) == key]
        lines.append(_line([group, source, kind], part) + f" {differs or 'as assumed here'} |")
    return [*lines, "", *_beside_peers(rows)]


def peers_by_group() -> Iterator[tuple[str, str, Errors, Errors]]:
    """Yield (group, peer, its errors, ours) on the published rows that the peer answers."""
    content = json.loads((DATA / "published_peers.json").read_text())
    for peer, answers in content["answers"].items():
        asked = [row for row in measurements() if row.title in answers]
        for group in ("all", *dict.fromkeys(row.kind_of_engine for row in asked)):
            part = [row for row in asked if group in ("all", row.kind_of_engine)]
            theirs = Errors(tuple(answers[r.title] / r.measured_bytes - 1 for r in part))
            yield group, f"{peer} {content['versions'][peer]}", theirs, errors_of(part)


def _beside_peers(rows: Sequence[Published]) -> list[str]:
    lines = [
        "Other calculators on the published figures that their words describe:",
        "",
        "| group | peer | count | peer: median, worst | vrambot: median, worst |",
        "| --- | --- | --- | --- | --- |",
    ]
    for group, peer, theirs, ours in peers_by_group():
        lines.append(
            f"| {group} | {peer} | {theirs.count} of {len(rows)} "
            f"| {theirs.median:.1f} %, {theirs.worst:+.0f} % "
            f"| {ours.median:.1f} %, {ours.worst:+.1f} % |"
        )
    return lines


def _line(names: Sequence[str], rows: Sequence[Published]) -> str:
    errors = errors_of(rows)
    shown = (*names, errors.count, f"{errors.median:.1f} %", f"{errors.p90:.1f} %")
    return "| " + " | ".join(str(cell) for cell in shown) + f" | {errors.worst:+.1f} % |"
