"""``NamedTuple`` as the typing module has it, without what the typing module costs.

To a type checker this is ``typing.NamedTuple`` itself. At run time the standard one would compile
code for every class and import ``typing``, ``re`` and ``enum``: 20 ms before the first words about a
bond can be on the screen, twice what everything else until then takes.
"""

from __future__ import annotations

__all__ = ["NamedTuple"]

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from _collections import _tuplegetter

    class _RecordType(type):
        """Makes a tuple class out of annotated fields and their defaults."""

        def __new__(cls, name, bases, namespace):
            fields = tuple(namespace.get("__annotations__", ()))
            namespace["__slots__"] = ()
            namespace["_fields"] = namespace["__match_args__"] = fields
            namespace["_field_defaults"] = {field: namespace[field] for field in fields if field in namespace}
            for position, field in enumerate(fields):
                namespace[field] = _tuplegetter(position, None)
            return super().__new__(cls, name, bases, namespace)

    class NamedTuple(tuple, metaclass=_RecordType):
        """A tuple whose parts have names. Fields with a default may be left out."""

        def __new__(cls, *values, **named):
            if not named and len(values) == len(cls._fields):
                return tuple.__new__(cls, values)
            given = {**cls._field_defaults, **dict(zip(cls._fields, values, strict=False)), **named}
            twice = set(cls._fields[: len(values)]) & named.keys()
            wrong = sorted(twice | (given.keys() ^ set(cls._fields)))
            if wrong or len(values) > len(cls._fields):
                raise TypeError(f"{cls.__name__}: fields missing, unknown or given twice: {', '.join(wrong)}")
            return tuple.__new__(cls, [given[field] for field in cls._fields])

        @classmethod
        def _make(cls, values):
            return cls(*values)

        def __getnewargs__(self):
            return tuple(self)

        def __repr__(self):
            parts = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({parts})"

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **named):
            changed = tuple.__new__(
                type(self), [named.pop(field, old) for field, old in zip(self._fields, self, strict=True)]
            )
            if named:
                raise ValueError(f"{type(self).__name__} has no field {', '.join(named)}")
            return changed
