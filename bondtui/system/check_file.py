"""Reading the settings of ``bondtui check``."""

from __future__ import annotations

LARGEST_BYTES = 1_000_000


class FileError(Exception):
    """The file cannot be read; the text says why, in one line."""


def read_settings(path: str) -> bytes:
    """All of the file; raises FileNotFoundError when there is none and FileError when it cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise FileError(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > LARGEST_BYTES:
        raise FileError(f"it is larger than {LARGEST_BYTES} bytes")
    return data
