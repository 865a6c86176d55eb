# at run time: InvalidValueError
"""So does the constructor of a stack."""

from pyformation import Stack


class Orders(Stack):
    def __init__(self) -> None:
        super().__init__(tgas={"team": "orders"})


Orders()
