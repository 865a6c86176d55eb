"""``python -m pyformation`` is the ``pyformation`` command."""

import sys

if not sys.flags.safe_path:
    del sys.path[
        0
    ]  # The current directory, which may hold anything, is not where packages are imported from.

from .cli import main

main()
