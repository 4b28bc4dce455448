"""Finds and loads libmolglot, and turns its errors into exceptions.

The library is, in this order: the file $MOLGLOT_LIBRARY; libmolglot.so.0 beside this file (a
wheel); the system's. It is loaded when it is first needed, so that importing costs nothing.
"""
from __future__ import annotations

import ctypes
import os
import threading
from ctypes import byref
from signal import SIGINT
from typing import Any, Callable, Optional, Sequence

import numpy as np

try:  # what `signal` wraps into enums, which costs 8 us a call
    from _signal import getsignal, signal as set_signal
except ImportError:
    from signal import getsignal, signal as set_signal

from . import _abi

HERE = os.path.dirname(os.path.abspath(__file__))
STATUS = np.dtype([("ok", "<i4"), ("offset", "<i4"), ("reason", "S120")])


class Error(Exception):
    """What the library could not do. `code` is one of molglot.h's MOLGLOT_* values."""

    def __init__(self, message: str, code: int = _abi.MOLGLOT_FAILED):
        super().__init__(message)
        self.code = code


class UsageError(Error, ValueError):
    """Arguments are wrong."""


class FileError(Error):
    """A model or index is damaged, missing a part, or of another kind."""


class RejectedError(Error, ValueError):
    """A molecule or text cannot be read.

    row: which of the input, from 0 (None: the only one); offset: byte where reading failed, from 0
    (-1: none in particular); reason: why, without place.
    """

    def __init__(self, message: str, row: Optional[int] = None, offset: int = -1, reason: str = ""):
        super().__init__(message, _abi.MOLGLOT_REJECTED)
        self.row, self.offset, self.reason = row, offset, reason


class NoMemoryError(Error, MemoryError):
    """Memory ran out."""


class InterruptedCall(Error):
    """A progress function ended the call."""


_CLASSES = {_abi.MOLGLOT_USAGE: UsageError, _abi.MOLGLOT_BAD_FILE: FileError,
            _abi.MOLGLOT_NO_MEMORY: NoMemoryError, _abi.MOLGLOT_INTERRUPTED: InterruptedCall}
_lock = threading.Lock()
_loaded: Any = None


def _open() -> ctypes.CDLL:
    given = os.environ.get("MOLGLOT_LIBRARY")
    tries = [given] if given else [os.path.join(HERE, "_lib", "libmolglot.so.0"),
                                   "libmolglot.so.0", "/usr/local/lib/libmolglot.so.0"]
    # its products must not spin while other threads of this process work
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    why = ""
    for path in tries:
        if os.path.isabs(path) and not os.path.exists(path):
            continue
        try:
            return ctypes.CDLL(path)
        except OSError as e:
            why = str(e)
    raise ImportError("libmolglot.so.0 was not found" + (f" ({why})" if why else "") +
                      ": install Molglot, or name the file in $MOLGLOT_LIBRARY")


def lib() -> ctypes.CDLL:
    """The library with the prototypes of molglot.h."""
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                library = _open()
                for name, (result, arguments) in _abi.FUNCTIONS.items():
                    function = getattr(library, name, None)
                    if function is not None:  # an older library lacks the newest
                        function.restype, function.argtypes = result, arguments
                _loaded = library
    return _loaded


def error_of(err: _abi.molglot_error) -> Error:
    message = err.message.decode("utf-8", "replace")
    if err.code == _abi.MOLGLOT_REJECTED:
        return RejectedError(message)
    return _CLASSES.get(err.code, Error)(message, err.code)


def check(code: int, err: _abi.molglot_error) -> None:
    if code:
        raise error_of(err)


def made(pointer: Optional[int], err: _abi.molglot_error) -> int:
    if not pointer:
        raise error_of(err)
    return pointer


def strings(values: Sequence[Optional[str]]) -> Any:
    """char ** of texts; None stays NULL."""
    return (ctypes.c_char_p * len(values))(
        *[None if v is None else v.encode("utf-8", "surrogateescape") for v in values])


def text(raw: Optional[bytes]) -> str:
    return "" if raw is None else raw.decode("utf-8", "replace")


def take_text(pointer: Optional[int], n: int = -1) -> bytes:
    """Bytes that the library handed out, which are freed."""
    if not pointer:
        return b""
    raw = ctypes.string_at(pointer, n)
    lib().molglot_free(pointer)
    return raw


class Progress:
    """A progress function for the library: tqdm-like callables (done, total) -> stop?

    An exception in it ends the call and comes out of it. So does the KeyboardInterrupt of a ^C, in
    the main thread, with or without a function.
    """

    def __init__(self, function: Optional[Callable[[int, int], Any]] = None):
        self.raised: Optional[BaseException] = None
        self.function = function
        self.c = _abi.molglot_progress(self._call)

    def _call(self, _user: Any, done: int, total: int) -> int:
        if self.raised is not None:
            return 1
        try:
            return 1 if self.function is not None and self.function(done, total) else 0
        except BaseException as e:  # noqa: B902 - it must not be lost in C
            self.raised = e
            return 1

    def run(self, function: Any, *arguments: Any) -> None:
        """Calls a function of the library that tells this progress how far it is, and whose last
        argument is the error, which is added here.

        A signal is handled when Python next runs, which is in _call: before its first line, from
        where an exception would be lost in C. So what the handler raises is kept here until then.
        """
        err = _abi.molglot_error()
        self.raised = None
        main = threading.current_thread() is threading.main_thread()
        own = getsignal(SIGINT) if main else None

        def keep(number: int, frame: Any) -> None:
            try:
                own(number, frame)  # type: ignore[operator]
            except BaseException as e:  # noqa: B902
                self.raised = e

        if callable(own):
            set_signal(SIGINT, keep)
        try:
            code = function(*arguments, byref(err))
        finally:
            if callable(own):
                set_signal(SIGINT, own)
        if self.raised is not None:
            raised, self.raised = self.raised, None
            raise raised
        check(code, err)


def options(kind: Any, values: dict, progress: Optional[Progress] = None) -> Any:
    """Options of molglot.h with their defaults, then `values` by name."""
    o = kind()
    getattr(lib(), kind.__name__ + "_init")(byref(o), ctypes.sizeof(o))
    names = {name for name, _ in kind._fields_}
    for name, value in values.items():
        if name not in names or name in ("size", "on_progress", "on_molecule", "user"):
            raise UsageError(f"there is no option '{name}': "
                             f"{', '.join(sorted(names - {'size', 'user', 'on_progress'}))}",
                             _abi.MOLGLOT_USAGE)
        if isinstance(value, str):
            value = value.encode()
        setattr(o, name, value)
    if progress is not None:
        o.on_progress = progress.c
    return o


def address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
