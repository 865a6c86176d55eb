"""The handler; idna comes from PyPI, replies from the layer."""

import idna
from replies import reply


def handler(event: dict[str, str], _context: object) -> dict[str, object]:
    """The domain as DNS wants it: ``{"domain": "bücher.example"}``."""
    return reply(idna.encode(event["domain"]).decode())
