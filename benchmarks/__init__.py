"""How fast pyformation is compared with its peers, measured in one run. ``python -m benchmarks``."""
