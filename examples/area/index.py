"""The code of the area function: an ordinary module, so it can be tested without AWS."""


def lambda_handler(event: dict[str, float], _context: object) -> dict[str, float]:
    """The area of a rectangle: ``{"length": 6, "width": 7}`` gives ``{"area": 42.0}``."""
    return {"area": float(event["length"]) * float(event["width"])}
