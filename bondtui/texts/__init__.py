"""Texts that were copied on some machine, as values. Pure: whoever has the texts hands them in."""
