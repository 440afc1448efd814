"""``python -m bondtui.explain`` prints docs/rules.md."""

from __future__ import annotations

import sys

from bondtui.explain.document import document

sys.stdout.write(document())
