# at run time: InvalidValueError
"""Base64 encodes text when the stack is deployed; bytes are encoded by Python."""

from pyformation import Base64

script = Base64(b"#!/bin/bash")  # mypy: arg-type; pyright: reportArgumentType
