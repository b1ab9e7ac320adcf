"""A property that is worked out at first use and kept in its object's own dictionary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """``functools.cached_property`` without its lock, which Python 3.11 takes at each first use.

    For objects that are made anew for each calculation, the lock costs more than the value.
    """

    def __init__(self, work_out: Callable[[Any], Value]) -> None:
        self._work_out = work_out
        self._name = ""
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn under which name the value is kept."""
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Kept[Value]: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> Value: ...

    def __get__(self, instance: object | None, owner: type | None = None) -> Kept[Value] | Value:
        """Work the value out; from then on the object's own dictionary has it."""
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._work_out(instance)
        return value
