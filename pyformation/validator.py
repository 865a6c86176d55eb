"""cloudformation-validate's engine, made in the background: that takes longer than anything that we do.

Its package is imported at once, the engine then made in a thread, which holds no lock of Python's meanwhile.
Whoever starts it first and imports the rest then waits for neither; so this module imports next to nothing.
https://github.com/aws-cloudformation/cloudformation-validate
"""

from __future__ import annotations

import functools
import importlib
import threading
import time

from .errors import MissingExtraError, how_to_install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    R = TypeVar("R")

HOME = "https://github.com/aws-cloudformation/cloudformation-validate"


@functools.cache
def start() -> Callable[[], Any]:
    """Begin to make the engine of this process, which takes 100 MB; what is given back waits for it.

    Raises `MissingExtraError` where the package is not installed.
    """
    try:
        package: Any = importlib.import_module("cloudformation_validate")
    except ImportError as error:
        if error.name != "cloudformation_validate":
            raise
        raise MissingExtraError(
            f"validating needs cloudformation-validate: {how_to_install('validate')}"
        ) from None

    def made() -> Any:
        import ctypes

        # All its engines say the same; this one is ready first.
        engine = package.CelEngine()
        # It is used as long as the process lives. Then the system takes all of its memory back at once; if Python
        # gave it back bit by bit, a command would end 50 ms later.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
        _kept.append(engine)
        return engine

    return in_background(made)


_kept: list[Any] = []


def forget() -> None:
    """Give the engine's memory back in a process that lives on, such as one that runs tests."""
    import ctypes

    start.cache_clear()
    while _kept:
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(_kept.pop()))


def in_background(work: Callable[[], R], seconds: float | None = None) -> Callable[[], R]:
    """Begin some work; what is given back waits for its result, or raises what it raised.

    With `seconds` it raises `TimeoutError` where the result is not there by then, although the process had time to
    work on it; the work goes on unseen.
    """
    begun, used = time.monotonic(), time.process_time()
    results: list[R] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            failures.append(error)

    # A command that fails meanwhile does not wait for it.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result() -> R:
        if seconds is not None:
            while thread.is_alive():
                thread.join(0.05)
                # On a busy machine a second is less than that.
                if time.monotonic() - begun > seconds and time.process_time() - used > seconds / 2:
                    raise TimeoutError
        thread.join()
        if failures:
            raise failures[0]
        return results[0]

    return result
