"""``python -m bondtui`` is the same as ``bondtui``."""

import sys

from bondtui.cli import main

sys.exit(main())
