"""What pyformation costs beside its named peers, measured in one run. ``python -m benchmarks``."""
