"""What people have at hand as lists of texts: lists, arrays, columns of pandas, polars or Arrow, and
RDKit molecules. None of these packages is needed, or imported, unless its objects come."""
from __future__ import annotations

from ctypes import (CFUNCTYPE, PYFUNCTYPE, Structure, addressof, byref, c_char_p, c_void_p, cast,
                    py_object, pythonapi)
from itertools import islice
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence


def _mol_to_smiles(mol: Any) -> str:
    from rdkit import Chem

    return Chem.MolToSmiles(mol)


def one(value: Any) -> str:
    """A text, or the SMILES of an RDKit molecule; nothing (None, NaN) is an empty one, which is
    rejected in its row. C ends a text at a NUL, so that it becomes U+FFFD, which no molecule has."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if hasattr(value, "GetNumAtoms") and hasattr(value, "GetConformers"):
        return _mol_to_smiles(value)
    if isinstance(value, bytes):
        return one(value.decode("utf-8", "replace"))
    if hasattr(value, "as_py"):
        return one(value.as_py())
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return one(value.item())
    raise TypeError(f"a text or a molecule was expected, not {type(value).__name__}")


def is_one(values: Any) -> bool:
    return isinstance(values, (str, bytes)) or (hasattr(values, "GetNumAtoms") and
                                                hasattr(values, "GetConformers"))


def texts(values: Any) -> List[str]:
    """A list of texts of anything that holds some."""
    if is_one(values):
        return [one(values)]
    for way in ("to_pylist", "to_list", "tolist"):  # Arrow; pandas, polars; NumPy
        if hasattr(values, way):
            values = getattr(values, way)()
            break
    return [one(v) for v in values]


def column(frame: Any, name: str) -> List[Any]:
    """A column of a pandas, polars or Arrow table, or of a dict of lists."""
    try:
        values = frame.column(name) if hasattr(frame, "to_pylist") else frame[name]
    except KeyError:
        raise KeyError(f"there is no column '{name}': {', '.join(map(str, columns(frame)))}") from None
    for way in ("to_pylist", "to_list", "tolist"):
        if hasattr(values, way):
            return getattr(values, way)()
    return list(values)


def columns(frame: Any) -> List[str]:
    if hasattr(frame, "column_names"):
        return list(frame.column_names)
    return list(frame.columns) if hasattr(frame, "columns") else list(frame)


def is_frame(values: Any) -> bool:
    return isinstance(values, dict) or hasattr(values, "column_names") or (
        hasattr(values, "columns") and hasattr(values, "shape"))


def batches(values: Iterable[Any], size: int) -> Iterator[Sequence[Any]]:
    if hasattr(values, "to_pylist") or hasattr(values, "to_list"):
        values = texts(values)
    rows = iter(values)
    while True:
        some = list(islice(rows, size))
        if not some:
            return
        yield some


def frame_of(data: dict, kind: Optional[str]) -> Any:
    """A dict of equally long lists as "pandas", "polars" or "arrow" has it; None: the first that is
    installed."""
    if kind in (None, "pandas"):
        try:
            import pandas

            return pandas.DataFrame(data)
        except ImportError:
            if kind:
                raise
    if kind in (None, "polars"):
        try:
            import polars

            return polars.DataFrame(data)
        except ImportError:
            if kind:
                raise
    if kind in (None, "arrow"):
        try:
            import pyarrow

            return pyarrow.table(data)
        except ImportError as e:
            raise ImportError("a table needs pandas, polars or pyarrow") from e
    raise ValueError(f"there is no kind of table '{kind}': pandas, polars or arrow")


# ---- the Arrow C stream interface ----

class _Stream(Structure):
    _fields_ = [("get_schema", c_void_p), ("get_next", c_void_p), ("get_last_error", c_void_p),
                ("release", CFUNCTYPE(None, c_void_p)), ("private_data", c_void_p)]


_STREAM = b"arrow_array_stream"
_DESTRUCTOR = CFUNCTYPE(None, c_void_p)
_streams: Dict[int, "_Stream"] = {}  # those in a capsule: address -> struct


@_DESTRUCTOR
def _free_stream(capsule: int) -> None:
    """A capsule goes: what nobody took out of it is released."""
    get = PYFUNCTYPE(c_void_p, c_void_p, c_char_p)(("PyCapsule_GetPointer", pythonapi))
    stream = _streams.pop(get(capsule, _STREAM), None)
    if stream is not None and stream.release:
        stream.release(addressof(stream))


def stream_capsule(fill: Callable[[Any, Any], None]) -> Any:
    """A capsule with the stream that fill(pointer, error) makes."""
    from . import _abi

    stream = _Stream()
    fill(byref(stream), _abi.molglot_error())
    _streams[addressof(stream)] = stream
    new = PYFUNCTYPE(py_object, c_void_p, c_char_p, c_void_p)(("PyCapsule_New", pythonapi))
    return new(addressof(stream), _STREAM, cast(_free_stream, c_void_p))
