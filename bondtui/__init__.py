"""bondtui: a terminal dashboard for Linux NIC bonding."""

__version__ = "0.1.0"
