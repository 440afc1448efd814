"""Where the style sheets are: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path, PurePath


def stylesheets() -> list[str | PurePath]:
    """All style sheets, in a stable order."""
    package = Path(__file__).resolve().parent.parent
    folder = package / "styles"
    if not folder.is_dir():
        folder = package.parent / "styles"
    return sorted(folder.glob("*.tcss"))
