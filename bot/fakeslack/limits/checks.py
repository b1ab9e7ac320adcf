"""Small checkers that combine into the description of a block: a value, its path, the problems."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Problems:
    """What is wrong with a payload, in Slack's wording, and totals that span its blocks."""

    found: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    table_characters: int = 0
    markdown_characters: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, message: str, path: str) -> None:
        """Note one problem at a JSON pointer such as ``/blocks/0/text``."""
        self.found.append(f"{message} [json-pointer:{path}]")


Check = Callable[[Any, str, Problems], None]


def string(most: int, least: int = 1) -> Check:
    """Check for a string of ``least`` to ``most`` characters."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add("must be a string", path)
        elif len(value) > most:
            problems.add(f"must be less than {most + 1} characters", path)
        elif len(value) < least:
            problems.add(f"must be more than {least - 1} characters", path)

    return check


def integer(least: int, most: int) -> Check:
    """Check for a whole number between two bounds."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            problems.add(f"must be an integer from {least} to {most}", path)

    return check


def number(above: float | None = None) -> Check:
    """Check for a number, greater than ``above`` when that is given."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            problems.add("must be a number", path)
        elif above is not None and value <= above:
            problems.add(f"must be greater than {above:g}", path)

    return check


def boolean(value: Any, path: str, problems: Problems) -> None:
    """Check for true or false."""
    if not isinstance(value, bool):
        problems.add("must be a boolean", path)


def one_of(*allowed: str) -> Check:
    """Check for one of a few words."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if value not in allowed:
            problems.add(f"must be a valid enum value: {', '.join(allowed)}", path)

    return check


def anything(value: Any, path: str, problems: Problems) -> None:
    """Accept any object: Slack's rules for it are not known here."""


def listing(item: Check, most: int, least: int = 1) -> Check:
    """Check for a list of ``least`` to ``most`` items that each pass ``item``."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add("must be an array", path)
            return
        if len(value) > most:
            problems.add(f"no more than {most} items allowed", path)
        elif len(value) < least:
            problems.add(f"no fewer than {least} items allowed", path)
        for index, element in enumerate(value):
            item(element, f"{path}/{index}", problems)

    return check


def record(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
    extra: Check | None = None,
) -> Check:
    """Check for an object with these fields and no others; ``extra`` looks at the whole of it."""
    known = {**required, **(optional or {})}

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", path)
            return
        for name in required:
            if name not in value:
                problems.add(f"missing required field: {name}", path)
        for name, member in value.items():
            if name == "type":
                continue
            if name not in known:
                problems.add(f"invalid additional property: {name}", path)
            elif member is not None or name in required:
                known[name](member, f"{path}/{name}", problems)
        if extra is not None:
            extra(value, path, problems)

    return check


def by_type(kinds: Mapping[str, Check], refused: Collection[str] = ()) -> Check:
    """Check an object by its ``type``; unknown and refused types are unsupported."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", path)
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            problems.add("missing required field: type", path)
        elif kind not in kinds or kind in refused:
            problems.add(f"unsupported type: {kind}", f"{path}/type")
        else:
            kinds[kind](value, path, problems)

    return check
