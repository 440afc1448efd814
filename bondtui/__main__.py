"""``python -m bondtui`` is the same as ``bondtui``."""

import sys

from bondtui.start import main

sys.exit(main())
