"""``python -m pyformation`` is the ``pyformation`` command."""

from .cli import main

main()
