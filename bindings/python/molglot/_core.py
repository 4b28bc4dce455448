"""Models, indexes and what they answer, over include/molglot.h.

Calls release the GIL. A Model may be shared by threads: its calls take turns. After os.fork() the
child may go on with what the parent loaded, on one thread of the processor.
"""
from __future__ import annotations

import ctypes
import json
import os
import queue
import re
import sys
import threading
from ctypes import byref, sizeof
from dataclasses import asdict, dataclass, field
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np

from . import _abi, _cards, _tables
from ._library import (STATUS, Error, Progress, RejectedError, UsageError, address, check, error_of,
                       lib, made, options, strings, take_text, text)

HIT = np.dtype([("row", "<i8"), ("score", "<f4"), ("index", "<i4")])
_WORDS = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*[.?!]?\Z")
ProgressFunction = Callable[[int, int], Any]


def version() -> str:
    """The library's version."""
    return text(lib().molglot_version())


def model_path() -> str:
    """Where the model is: $MOLGLOT_MODEL, the one in this package, or the system's."""
    here = os.path.dirname(os.path.abspath(__file__))
    given = os.environ.get("MOLGLOT_MODEL")
    places = [given] if given else [os.path.join(here, "_model"),
                                    os.path.join(sys.prefix, "share", "molglot"),
                                    "/usr/local/share/molglot", "/usr/share/molglot"]
    for place in places:
        if os.path.isfile(place) or os.path.isfile(os.path.join(place, "space.safetensors")):
            return place
    raise Error(f"no model at {', '.join(places)}: name one in Model(path) or $MOLGLOT_MODEL")


# ---- rows with a status ----

class Embeddings(np.ndarray):
    """Rows of length 1 as float32 [n, dim], and what became of each.

    ok: bool [n]; reason: why not, as texts; offset: byte where reading failed; inputs: the texts.
    A rejected row is zeros. What is cut out of it is a plain array.
    """

    inputs: List[str]
    _status: Optional[np.ndarray]

    def __array_finalize__(self, _from: Any) -> None:
        self._status = getattr(_from, "_status", None) if self.shape == getattr(
            _from, "shape", None) else None
        self.inputs = getattr(_from, "inputs", [])

    @property
    def ok(self) -> np.ndarray:
        return (self._status["ok"] != 0 if self._status is not None
                else np.ones(len(self), dtype=bool))

    @property
    def reason(self) -> List[str]:
        if self._status is None:
            return [""] * len(self)
        return [text(r) for r in self._status["reason"].tolist()]

    @property
    def offset(self) -> np.ndarray:
        return self._status["offset"] if self._status is not None else np.full(len(self), -1)

    def _repr_html_(self) -> str:
        rows = [{"smiles": s if " " not in s else "", "title": "" if " " not in s else s, "bad": r}
                for s, r in zip(self.inputs, self.reason)]
        return _cards.cards(rows, f"{len(self)} embeddings of {self.shape[-1]} numbers")


def _refuse(status: np.ndarray, values: Sequence[str]) -> None:
    bad = np.flatnonzero(status["ok"] == 0)
    if not len(bad):
        return
    i = int(bad[0])
    reason, offset = text(status["reason"][i]), int(status["offset"][i])
    at = f" at character {offset + 1}" if offset >= 0 else ""
    more = f"; so are {len(bad) - 1} others (errors='keep' gives zeros for them)" if len(
        bad) > 1 else ""
    raise RejectedError(f"row {i}, {values[i][:60]!r}: {reason}{at}{more}", i, offset, reason)


# ---- models ----

class Model:
    """A model: molecules and texts as vectors, searches, new molecules, captions, names.

    path: folder or file; None: model_path(). threads: 0, as many as the processor has. device:
    "cpu", "cuda", "cuda:1". Close it, or use it in a `with`, to free it early.
    """

    def __init__(self, path: Union[str, os.PathLike, None] = None, *, threads: int = 0,
                 batch: int = 0, device: Optional[str] = None):
        self._model: Optional[int] = None
        self._session: Optional[int] = None
        self._generators: Dict[Any, int] = {}
        self._captioner: Optional[int] = None
        self._lock = threading.RLock()
        self.path = os.fspath(path) if path is not None else model_path()
        err = _abi.molglot_error()
        self._model = made(lib().molglot_model_load(self.path.encode(), byref(err)), err)
        self.dim: int = lib().molglot_model_dim(self._model)
        o = options(_abi.molglot_options, {"threads": threads, "batch": batch,
                                           **({"device": device} if device else {})})
        self._threads, self._device = threads, device
        self._call = Progress()  # its function is that of the call under way
        o.on_progress = self._call.c
        self._session = lib().molglot_session_new(self._model, byref(o), byref(err))
        if not self._session:
            self.close()
            raise error_of(err)

    def close(self) -> None:
        """Frees the model. Indexes stay usable; generators of it end."""
        for g in self._generators.values():
            lib().molglot_generator_free(g)
        self._generators = {}
        lib().molglot_captioner_free(self._captioner)
        lib().molglot_session_free(self._session)
        lib().molglot_model_free(self._model)
        self._captioner = self._session = self._model = None

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_model", None) and not sys.is_finalizing():
            self.close()

    def __reduce__(self) -> Any:
        return (_reopen, (self.path, self._threads, self._device))

    def __repr__(self) -> str:
        return f"<molglot.Model {self.path}, {self.dim} numbers>"

    @property
    def session(self) -> int:
        if not self._session:
            raise UsageError("the model is closed", _abi.MOLGLOT_USAGE)
        return self._session

    def info(self, key: str) -> Optional[str]:
        """The model's metadata: "name", "licence", "molglot.config" ..."""
        raw = lib().molglot_model_info(self._model, key.encode())
        return None if raw is None else text(raw)

    @property
    def sha256(self) -> str:
        """The model's identity, which an index remembers."""
        err = _abi.molglot_error()
        return text(made(lib().molglot_model_sha256(self._model, byref(err)), err))

    # ---- embedding ----

    def _embed(self, name: str, values: Sequence[str], out: np.ndarray, status: np.ndarray,
               progress: Optional[ProgressFunction] = None) -> None:
        with self._lock:
            self._call.function = progress
            self._call.run(getattr(lib(), name), self.session, strings(values), len(values),
                           address(out), address(status))

    def embed(self, values: Any, kind: str = "auto", *, errors: str = "raise",
              out: Optional[np.ndarray] = None,
              progress: Optional[ProgressFunction] = None) -> Embeddings:
        """Unit vectors [n, dim] of molecules and texts, without copies.

        values: a SMILES or sentence, RDKit molecules, or many: a list, an array, a column of
        pandas, polars or Arrow. kind: "molecule", "text", or "auto": what holds a blank, or is a
        word that is no SMILES, is a text. errors: "raise" a RejectedError for the first row that
        cannot be read, or "keep" its place, with zeros and a reason. out: float32 [n, dim] to
        write to. progress(done, total): a true result ends the call.
        """
        if kind not in ("auto", "molecule", "text") or errors not in ("raise", "keep"):
            raise UsageError("kind is auto, molecule or text; errors is raise or keep",
                             _abi.MOLGLOT_USAGE)
        rows = _tables.texts(values)
        n = len(rows)
        if out is None:
            out = np.empty((n, self.dim), np.float32)
        elif out.dtype != np.float32 or out.shape != (n, self.dim) or not out.flags.c_contiguous:
            raise UsageError(f"out is not float32 [{n}, {self.dim}] in C order", _abi.MOLGLOT_USAGE)
        status = np.empty(n, STATUS)
        texts_at = [i for i, s in enumerate(rows) if " " in s.strip()] if kind == "auto" else []
        if kind == "text":
            self._embed("molglot_embed_texts", rows, out, status, progress)
        elif not texts_at:
            self._embed("molglot_embed_smiles", rows, out, status, progress)
        else:
            aside = set(texts_at)
            self._part("molglot_embed_smiles", rows, [i for i in range(n) if i not in aside], out,
                       status, progress)
            self._part("molglot_embed_texts", rows, texts_at, out, status, progress)
        bad = np.flatnonzero(status["ok"] == 0)
        if len(bad) and kind == "auto":
            self._part("molglot_embed_texts", rows,
                       [int(i) for i in bad if _WORDS.match(rows[i].strip())], out, status,
                       progress)
        if len(bad) and errors == "raise":
            _refuse(status, rows)
        result = out.view(Embeddings)
        result._status, result.inputs = status, rows
        return result

    def _part(self, name: str, rows: List[str], which: List[int], out: np.ndarray,
              status: np.ndarray, progress: Optional[ProgressFunction]) -> None:
        if which:
            part, row = np.empty((len(which), self.dim), np.float32), np.empty(len(which), STATUS)
            self._embed(name, [rows[i] for i in which], part, row, progress)
            out[which], status[which] = part, row

    def embed_stream(self, values: Iterable[Any], kind: str = "auto", *, batch: int = 1024,
                     errors: str = "keep") -> Iterator[Embeddings]:
        """Embeddings of at most `batch` rows after another, of any iterable, in bounded memory."""
        for some in _tables.batches(values, batch):
            yield self.embed(some, kind, errors=errors)

    # ---- searching ----

    def search(self, indexes: Any, query: Any, k: int = 10, *,
               progress: Optional[ProgressFunction] = None, **filters: Any) -> "Hits":
        """The best rows of an index, or of several as if they were one, for a sentence, a name or
        a molecule, as `molglot search` has it.

        filters, by the names of molglot_find_options: smarts, not_smarts, where ("pIC50 > 6"),
        each one text or a list; min_weight, max_weight, formula, elements, without_elements,
        similar, min_similarity, offset, by, must, soft, no_names, no_rerank, all_rows, words.
        progress(done, 0): a true result ends the call.
        """
        return self.search_many(indexes, [query], k, errors="raise", progress=progress,
                                **filters)[0]

    def search_many(self, indexes: Any, queries: Any, k: int = 10, *, errors: str = "raise",
                    progress: Optional[ProgressFunction] = None,
                    **filters: Any) -> List["Hits"]:
        """The same for many queries at once, which is faster than one by one. errors: "raise" a
        RejectedError for the first query that cannot be read, or "keep": its Hits are empty and
        have a `reason`."""
        many = list(indexes) if isinstance(indexes, (list, tuple)) else [indexes]
        rows = _tables.texts(queries)
        keep, values = [], {}
        for name, value in filters.items():
            if name in ("smarts", "not_smarts", "where"):
                some = [value] if isinstance(value, str) else list(value)
                keep.append(strings(some))
                values["n_" + name] = len(some)
                value = ctypes.cast(keep[-1], ctypes.c_void_p).value
            values[name] = value
        call = Progress(progress)
        o = options(_abi.molglot_find_options, {"k": k, **values}, call)
        found, counts = (ctypes.c_void_p * len(rows))(), (ctypes.c_size_t * len(rows))()
        status = np.empty(len(rows), STATUS)
        with self._lock:
            call.run(lib().molglot_find_many, self.session, _pointers(many), len(many),
                     strings(rows), len(rows), byref(o), byref(found), byref(counts),
                     address(status))
        results = []
        for i, (at, n) in enumerate(zip(found, counts)):
            results.append(_hits(many, at, n))
            results[-1].reason = text(status["reason"][i]) if not status["ok"][i] else ""
            lib().molglot_found_free(at, n)
        if errors == "raise":
            _refuse(status, rows)
        return results

    def nearest(self, indexes: Any, queries: np.ndarray, k: int = 10, *,
                rows: Optional[np.ndarray] = None, progress: Optional[ProgressFunction] = None,
                **search: Any) -> np.ndarray:
        """The nearest rows by vectors alone: a structured array [n, k] of row, score and index,
        row -1 where there are no more. queries: float32 [n, dim]. rows: bool [len(index)], which
        may be hits (of one index). search: offset, min_score, threads, exact, candidates.
        progress(done, total), in products of queries and rows: a true result ends the call."""
        many = list(indexes) if isinstance(indexes, (list, tuple)) else [indexes]
        q = np.ascontiguousarray(queries, np.float32).reshape(-1, self.dim)
        values: Dict[str, Any] = {"k": k, **search}
        if rows is not None:
            mask = np.asarray(rows, dtype=bool)
            if len(many) != 1 or mask.shape != (len(many[0]),):
                raise UsageError("rows is a bool for each row of one index", _abi.MOLGLOT_USAGE)
            bits = np.packbits(np.pad(mask, (0, -len(mask) % 64)), bitorder="little").view("<u8")
            pointer = (ctypes.c_void_p * 1)(address(bits))
            values["rows"] = ctypes.cast(pointer, ctypes.c_void_p).value
        call = Progress(progress)
        o = options(_abi.molglot_search_options, values, call)
        hits = np.empty((len(q), k), HIT)
        with self._lock:
            call.run(lib().molglot_search, self.session, _pointers(many), len(many), address(q),
                     len(q), byref(o), address(hits))
        return hits

    def understand(self, sentence: str) -> Tuple[str, str]:
        """What words ask of molecules ("halogen; MolWt < 300"), and the words that none of it
        used."""
        asked, left, err = ctypes.c_void_p(), ctypes.c_void_p(), _abi.molglot_error()
        with self._lock:
            words = _tables.one(sentence).encode()
            check(lib().molglot_understand(self.session, words, byref(asked),
                                           byref(left), byref(err)), err)
        return text(take_text(asked.value)), text(take_text(left.value))

    def unknown_words(self, sentence: str) -> List[str]:
        """Words of a sentence that the model does not know, at most the first of them, of those
        that no condition of it uses; none of a name or a molecule."""
        unknown, err = ctypes.c_void_p(), _abi.molglot_error()
        with self._lock:
            check(lib().molglot_unknown_words(self.session, _tables.one(sentence).encode(),
                                              byref(unknown), byref(err)), err)
        words = text(take_text(unknown.value))
        return words.split(", ") if words else []

    # ---- writing molecules ----

    def _generator(self, memory: Optional["Index"], rank: bool, rerank: bool) -> int:
        key = (memory, rank, rerank)
        if key not in self._generators:
            err = _abi.molglot_error()
            writer = made(lib().molglot_model_writer(self._model, byref(err)), err)
            values: Dict[str, Any] = {"threads": self._threads, "no_rerank": int(not rerank)}
            if rank:
                values["ranker"] = self.session
            if memory is not None:
                values["memory"] = memory.pointer
            if self._device:
                values["device"] = self._device
            o = options(_abi.molglot_generator_options, values)
            self._generators[key] = made(
                lib().molglot_generator_open(writer, byref(o), byref(err)), err)
        return self._generators[key]

    def _generate(self, sentences: List[str], n: int, generator: int, values: Dict[str, Any],
                  progress: Progress, on_molecule: Any = None) -> List["Generation"]:
        o = options(_abi.molglot_generate_options, {"n": n, **values}, progress)
        if on_molecule is not None:
            o.on_molecule = on_molecule
        out = (_abi.molglot_generation * len(sentences))()
        progress.run(lib().molglot_generate, generator, strings(sentences), len(sentences),
                     byref(o), byref(out))
        results = []
        for sentence, g in zip(sentences, out):
            results.append(_generation(sentence, g))
            lib().molglot_generation_free(byref(g))
        return results

    def generate(self, sentences: Any, n: int = 16, *, memory: Optional["Index"] = None,
                 rank: bool = True, rerank: bool = True, stream: bool = False,
                 progress: Optional[ProgressFunction] = None, **how: Any) -> Any:
        """New molecules for a sentence: a Generation, ranked; for several, a list of them.

        memory: an Index of molecules to start from (None: the model's own memory). how: by the
        names of molglot_generate_options: candidates, method, temperature, seed, like, keep,
        diversity, only_new, soft, drawn_only, screen (0: control_list flags, 1: such molecules are left out,
        2: off), ... stream: an iterator instead, which gives each Molecule as it is drawn, without
        score and rank, with the `row` of its sentence, and a Rejected where a text is no sentence;
        leaving it early ends the work. What is not drawn (`offered`) is in ranked answers alone.
        """
        if stream:
            return self._stream(_tables.texts(sentences), n, memory, rank, rerank, how)
        with self._lock:
            results = self._generate(_tables.texts(sentences), n,
                                     self._generator(memory, rank, rerank), how, Progress(progress))
        return results[0] if _tables.is_one(sentences) else results

    def _stream(self, sentences: List[str], n: int, memory: Optional["Index"], rank: bool,
                rerank: bool, how: Dict[str, Any]) -> Iterator[Union["Molecule", "Rejected"]]:
        drawn: "queue.Queue[Any]" = queue.Queue()
        stop = threading.Event()
        done = object()
        row = 0

        @_abi.molglot_on_molecule
        def on_molecule(_user: Any, molecule: int) -> int:
            m = _molecule(_abi.molglot_molecule.from_address(molecule))
            m.row = row
            drawn.put(m)
            return int(stop.is_set())

        def work() -> None:
            nonlocal row
            try:
                for row, sentence in enumerate(sentences):
                    with self._lock:
                        g = self._generate([sentence], n, self._generator(memory, rank, rerank),
                                           how, Progress(lambda *_: stop.is_set()), on_molecule)[0]
                    if g.reason:
                        drawn.put(Rejected(row, sentence, g.reason, g.offset))
                drawn.put(done)
            except Error as e:
                drawn.put(e)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while True:
                got = drawn.get()
                if got is done:
                    return
                if isinstance(got, Error):
                    raise got
                yield got
        finally:
            stop.set()
            thread.join()

    # ---- captions, names, explanations ----

    def caption(self, molecules: Any, n: int = 1, *, progress: Optional[ProgressFunction] = None,
                **how: Any) -> Any:
        """Sentences that say what a molecule is: a Captions; for several, a list of them. how: by
        the names of molglot_caption_options."""
        rows = _tables.texts(molecules)
        call = Progress(progress)
        o = options(_abi.molglot_caption_options, {"n": n, **how}, call)
        out, err = (_abi.molglot_captioned * len(rows))(), _abi.molglot_error()
        with self._lock:
            if not self._captioner:
                self._captioner = made(
                    lib().molglot_captioner_open(self.session, None, byref(err)), err)
            call.run(lib().molglot_caption_smiles, self._captioner, strings(rows), len(rows),
                     byref(o), byref(out))
        results = []
        for smiles, c in zip(rows, out):
            results.append(_captions(smiles, c))
            lib().molglot_captioned_free(byref(c))
        return results[0] if _tables.is_one(molecules) else results

    def names(self, name: str, most: int = 10, *, near: bool = False) -> List["Name"]:
        """The structures of a name, the best first. near: also names with a wrong letter."""
        out, n, err = ctypes.c_void_p(), ctypes.c_size_t(), _abi.molglot_error()
        asked = _tables.one(name).encode()
        check(lib().molglot_names_find(self._model, asked, most, int(near), byref(out),
                                       byref(n), byref(err)), err)
        return _names(out, n)

    def names_of(self, molecule: Any, most: int = 10) -> List["Name"]:
        """The names of a molecule, the best known first."""
        out, n, err = ctypes.c_void_p(), ctypes.c_size_t(), _abi.molglot_error()
        check(lib().molglot_names_of(self._model, _tables.one(molecule).encode(), most, byref(out),
                                     byref(n), byref(err)), err)
        return _names(out, n)

    def explain(self, molecule: Any, sentence: str) -> dict:
        """Which words of a sentence speak of which atoms: molglot_explain's object."""
        out, status, err = ctypes.c_void_p(), _abi.molglot_row_status(), _abi.molglot_error()
        with self._lock:
            code = lib().molglot_explain(self.session, _groups(), _tables.one(molecule).encode(),
                                         _tables.one(sentence).encode(), byref(out), byref(status),
                                         byref(err))
        _reject(code, status, err)
        return json.loads(take_text(out.value))


def _reopen(path: str, threads: int, device: Optional[str]) -> Model:
    return Model(path, threads=threads, device=device)


_default: Optional[Model] = None
_default_lock = threading.Lock()


def default_model() -> Model:
    """The model of model_path(), opened once a process."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Model()
        return _default


def _pointers(indexes: Sequence["Index"]) -> Any:
    return (ctypes.c_void_p * len(indexes))(*[x.pointer for x in indexes])


def _reject(code: int, status: _abi.molglot_row_status, err: _abi.molglot_error) -> None:
    if code == _abi.MOLGLOT_REJECTED:
        raise RejectedError(text(err.message), None, status.offset, text(status.reason))
    check(code, err)


# ---- indexes ----

class Index:
    """An index file: ids, molecules, texts and vectors of a library. `len(index)`, `index[i]`."""

    def __init__(self, path: Union[str, os.PathLike], model: Optional[Model] = None):
        self._index: Optional[int] = None
        self.path = os.fspath(path)
        self._model = model
        err = _abi.molglot_error()
        self._index = made(lib().molglot_index_open(self.path.encode(), byref(err)), err)
        self.dim: int = lib().molglot_index_dim(self._index)
        names = ctypes.POINTER(ctypes.c_char_p)()
        n = lib().molglot_index_columns(self._index, byref(names))
        self.columns: List[str] = [text(names[i]) for i in range(n)]

    @classmethod
    def build(cls, path: Union[str, os.PathLike], data: Any, *, smiles: Optional[str] = "smiles",
              id: Optional[str] = "id", text: Optional[str] = "text",
              columns: Sequence[str] = (), model: Optional[Model] = None, side: str = "molecule",
              inchikeys: bool = False, append: bool = False, batch: int = 1024,
              progress: Optional[ProgressFunction] = None) -> "Index":
        """Embeds rows into an index file and opens it. Rejected rows are left out; `rejected` says
        which: [(row, reason)].

        data: a table of pandas, polars or Arrow, a dict of lists, or an iterable of SMILES or of
        dicts, which is streamed. smiles, id, text: names of columns; a missing one is not used.
        columns: further ones to keep. side: "molecule" or "text", what is embedded.
        """
        m = model or default_model()
        err = _abi.molglot_error()
        names = strings(list(columns))
        o = options(_abi.molglot_index_options, {
            "side": _abi.MOLGLOT_TEXTS if side == "text" else _abi.MOLGLOT_MOLECULES,
            "inchikeys": int(inchikeys), "append": int(append), "n_columns": len(columns),
            "columns": ctypes.cast(names, ctypes.c_void_p).value})
        builder = made(lib().molglot_index_builder_open(m.session, os.fspath(path).encode(),
                                                        byref(o), byref(err)), err)
        rejected: List[Tuple[int, str]] = []
        first = 0
        try:
            for rows in _rows_of(data, (smiles, id, text, *columns), batch):
                rejected += _add(m, builder, rows, len(columns), first)
                first += len(rows)
                if progress is not None and progress(first, 0):
                    raise Error("interrupted", _abi.MOLGLOT_INTERRUPTED)
            check(lib().molglot_index_builder_commit(builder, byref(err)), err)
        finally:
            lib().molglot_index_builder_free(builder)
        index = cls(path, m)
        index.rejected = rejected
        return index

    rejected: List[Tuple[int, str]] = []

    def close(self) -> None:
        """Frees the index; generators that have it as their memory must be closed before."""
        lib().molglot_index_free(self._index)
        self._index = None

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_index", None) and not sys.is_finalizing():
            self.close()

    def __reduce__(self) -> Any:
        return (Index, (self.path,))

    def __repr__(self) -> str:
        return f"<molglot.Index {self.path}, {len(self)} rows>"

    @property
    def pointer(self) -> int:
        if not self._index:
            raise UsageError("the index is closed", _abi.MOLGLOT_USAGE)
        return self._index

    @property
    def model(self) -> Model:
        if self._model is None:
            self._model = default_model()
        return self._model

    def __len__(self) -> int:
        return lib().molglot_index_size(self.pointer)

    def __getitem__(self, i: int) -> Dict[str, Any]:
        """A row: id, smiles, text, cells."""
        n = len(self)
        if not -n <= i < n:
            raise IndexError(f"row {i} of {n}")
        i %= n
        return {"id": text(lib().molglot_index_id(self.pointer, i)),
                "smiles": text(lib().molglot_index_smiles(self.pointer, i)),
                "text": text(lib().molglot_index_text(self.pointer, i)),
                "cells": {c: text(lib().molglot_index_cell(self.pointer, i, k))
                          for k, c in enumerate(self.columns)}}

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        return (self[i] for i in range(len(self)))

    def vectors(self, first: int = 0, n: Optional[int] = None) -> np.ndarray:
        """Embeddings of rows as they are stored, float32 [n, dim]."""
        n = len(self) - first if n is None else n
        out, err = np.empty((max(n, 0), self.dim), np.float32), _abi.molglot_error()
        check(lib().molglot_index_vectors(self.pointer, first, n, 0, address(out), byref(err)), err)
        return out

    def search(self, query: Any, k: int = 10, **filters: Any) -> Any:
        """Model.search of this index: Hits; for a list of queries a list of them."""
        if _tables.is_one(query):
            return self.model.search(self, query, k, **filters)
        return self.model.search_many(self, query, k, **filters)

    def nearest(self, queries: np.ndarray, k: int = 10, **how: Any) -> np.ndarray:
        """Model.nearest of this index."""
        return self.model.nearest(self, queries, k, **how)

    def to_frame(self, kind: Optional[str] = None) -> Any:
        """All rows as a table of "pandas", "polars" or "arrow"."""
        rows = list(self)
        data = {c: [r[c] for r in rows] for c in ("id", "smiles", "text")}
        data.update({c: [r["cells"][c] for r in rows] for c in self.columns})
        return _tables.frame_of(data, kind)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """All rows and vectors as an Arrow stream, without going through Python objects:
        pyarrow.table(index), polars.DataFrame(index), DuckDB's FROM index."""
        return _tables.stream_capsule(
            lambda out, err: check(lib().molglot_index_arrow(self.pointer, out, byref(err)), err))

    def _repr_html_(self) -> str:
        rows = [{**self[i], "title": self[i]["id"]} for i in range(min(len(self), _cards.MOST))]
        return _cards.cards(rows, f"{os.path.basename(self.path)}: {len(self)} rows")


def _rows_of(data: Any, names: Sequence[Optional[str]], batch: int) -> Iterator[List[List[Any]]]:
    """Lists of [smiles, id, text, cells...]; the second and later may be None."""
    if _tables.is_frame(data):
        there = set(_tables.columns(data))
        wanted = [n for n in names[3:] if n not in there]
        if wanted:
            raise KeyError(f"there is no column '{wanted[0]}'")
        columns = [_tables.column(data, n) if n in there else None for n in names]
        n = max((len(c) for c in columns if c is not None), default=0)
        for first in range(0, n, batch):
            yield [[None if c is None else c[i] for c in columns]
                   for i in range(first, min(n, first + batch))]
        return
    for some in _tables.batches(data, batch):
        yield [[r.get(n) for n in names] if isinstance(r, dict) else
               [r] + [None] * (len(names) - 1) for r in some]


def _add(m: Model, builder: int, rows: List[List[Any]], cells: int,
         first: int) -> List[Tuple[int, str]]:
    def column(k: int) -> Any:
        return strings([None if r[k] is None or r[k] != r[k] else
                        _tables.one(r[k]) if k == 0 else str(r[k]) for r in rows])

    status, err = np.empty(len(rows), STATUS), _abi.molglot_error()
    flat = strings([None if v is None else str(v) for r in rows for v in r[3:]]) if cells else None
    numbers = np.arange(first + 1, first + len(rows) + 1, dtype=np.int64)
    with m._lock:
        m._call.function = None
        check(lib().molglot_index_builder_add_cells(builder, column(1), column(0), column(2), flat,
                                                    address(numbers), len(rows), address(status),
                                                    byref(err)), err)
    return [(first + int(i), text(status["reason"][i]))
            for i in np.flatnonzero(status["ok"] == 0)]


# ---- answers ----

class _Rows(list):
    """A list of dataclasses that a notebook shows as cards and pandas as a table."""

    _hidden: Tuple[str, ...] = ()

    def to_dict(self) -> Dict[str, List[Any]]:
        """Columns as lists."""
        rows = [{k: v for k, v in asdict(x).items() if k not in self._hidden} for x in self]
        for row in rows:
            row.update(row.pop("cells", {}))
        return {k: [r.get(k) for r in rows] for k in (rows[0] if rows else {})}

    def to_frame(self, kind: Optional[str] = None) -> Any:
        """As a table of "pandas", "polars" or "arrow" (None: the first that is installed)."""
        return _tables.frame_of(self.to_dict(), kind)

    def to_pandas(self) -> Any:
        return self.to_frame("pandas")

    def to_polars(self) -> Any:
        return self.to_frame("polars")

    def to_arrow(self) -> Any:
        return self.to_frame("arrow")


@dataclass
class Hit:
    """A row that was found: what the order goes by (score), and why it stands there."""

    row: int
    score: float
    id: str
    smiles: str
    text: str
    cosine: float
    why: str
    met: int
    of: int
    fails: str
    index: int
    cells: Dict[str, str] = field(default_factory=dict)


class Hits(_Rows):
    """Hits, best first; reason: why the query was refused, or ""."""

    reason = ""

    def _repr_html_(self) -> str:
        return _cards.cards([{"smiles": h.smiles, "title": h.id, "score": h.score,
                              "text": h.text} for h in self], f"{len(self)} hits")


def _hits(indexes: Sequence["Index"], found: Optional[int], n: int) -> Hits:
    at = ctypes.cast(ctypes.c_void_p(found), ctypes.POINTER(_abi.molglot_found))
    hits = Hits()
    for i in range(n):
        f = at[i]
        row = indexes[f.index][f.row]
        hits.append(Hit(f.row, f.score, row["id"], row["smiles"], row["text"], f.cosine,
                        text(f.why), f.met, f.of, text(f.fails), f.index, row["cells"]))
    return hits


@dataclass
class Molecule:
    """A molecule that was written; the fields are molglot_molecule's."""

    smiles: str
    valid: bool
    score: float
    nll: float
    rank: int
    index: int
    in_training: int
    known_as: Optional[str]
    copy: bool
    duplicate: bool
    similarity: float
    odd: Optional[str]
    why: Optional[str]
    met: int
    of: int
    control_list: Optional[str] = None  # docs/triage.md; None: not screened
    source: Optional[str] = None  # what it was made of; None: it was drawn
    row: Optional[int] = None  # of a stream: which sentence, from 0

    def _repr_html_(self) -> str:
        return _cards.cards([{"smiles": self.smiles, "score": self.score,
                              "bad": None if self.valid else self.why}])


def _molecule(m: _abi.molglot_molecule) -> Molecule:
    return Molecule(text(m.smiles), bool(m.valid), m.score, m.nll, m.rank, m.index, m.in_training,
                    None if m.known_as is None else text(m.known_as), bool(m.copy),
                    bool(m.duplicate), m.similarity, None if m.odd is None else text(m.odd),
                    None if m.why is None else text(m.why), m.met, m.of,
                    None if m.control_list is None else text(m.control_list),
                    None if m.source is None else text(m.source))


@dataclass
class Rejected:
    """A text of a stream that is no sentence, in the place of its molecules: which one, from 0, why,
    and the byte where reading failed (-1: none in particular)."""

    row: int
    sentence: str
    reason: str
    offset: int = -1
    valid: bool = False
    smiles: str = ""

    def _repr_html_(self) -> str:
        return _cards.cards([{"smiles": "", "title": self.sentence, "bad": self.reason}])


class Generation(_Rows):
    """Molecules of a sentence, best first; drawn, invalid, duplicates, odd, unwanted, offered,
    meeting, controlled: what became of the draws; reason and offset: why the text was no sentence,
    and the byte where reading failed."""

    _hidden = ("row",)
    sentence: str = ""
    reason: str = ""
    offset: int = -1
    drawn = invalid = duplicates = odd = unwanted = offered = meeting = controlled = 0

    def _repr_html_(self) -> str:
        rows = [{"smiles": m.smiles, "score": m.score, "title": m.known_as or "",
                 "bad": None if m.valid else m.why} for m in self]
        return _cards.cards(rows, self.sentence)


def _generation(sentence: str, g: _abi.molglot_generation) -> Generation:
    at = ctypes.cast(g.molecules, ctypes.POINTER(_abi.molglot_molecule))
    out = Generation(_molecule(at[i]) for i in range(g.n))
    out.sentence = sentence
    out.reason = "" if g.status.ok else text(g.status.reason)
    out.offset = -1 if g.status.ok else g.status.offset
    for name in ("drawn", "invalid", "duplicates", "odd", "unwanted", "offered", "meeting",
                 "controlled"):
        setattr(out, name, getattr(g, name))
    return out


@dataclass
class Caption:
    """A sentence for a molecule; wrong: its places that the structure contradicts; edited: a copy in
    which names of the molecule's own acid, base or mirror image were put."""

    text: str
    method: str
    score: float
    agreement: float
    cosine: float
    near: int
    wrong: List[str]
    edited: bool = False


class Captions(_Rows):
    """Captions of a molecule, best first; reason: why there is none; facts: what is computed."""

    smiles = ""
    reason = ""
    facts = ""

    def _repr_html_(self) -> str:
        return _cards.cards([{"smiles": self.smiles, "bad": self.reason,
                              "text": " / ".join(c.text for c in self)}])


def _captions(smiles: str, c: _abi.molglot_captioned) -> Captions:
    at = ctypes.cast(c.captions, ctypes.POINTER(_abi.molglot_caption))
    out = Captions()
    for i in range(c.n):
        x = at[i]
        spans = ctypes.cast(x.wrong, ctypes.POINTER(_abi.molglot_span))
        out.append(Caption(text(x.text), text(x.method), x.score, x.agreement, x.cosine, x.near,
                           [text(x.text[spans[k].begin:spans[k].end]) for k in range(x.n_wrong)],
                           bool(x.edited)))
    out.smiles, out.facts = smiles, text(c.facts)
    out.reason = "" if c.status.ok else text(c.status.reason)
    return out


@dataclass
class Name:
    """A name and its molecule; how: "exact", "folded", "salt", "stereo" or "near"."""

    name: str
    smiles: str
    source: str
    how: str


def _names(out: ctypes.c_void_p, n: ctypes.c_size_t) -> List[Name]:
    at = ctypes.cast(out, ctypes.POINTER(_abi.molglot_name))
    names = [Name(text(at[i].name), text(at[i].smiles), text(at[i].source), text(at[i].how))
             for i in range(n.value)]
    lib().molglot_names_free(out, n)
    return names


# ---- properties ----

@dataclass
class Domain:
    """How near a molecule is to what a head was trained on."""

    nearest: Optional[str]
    similarity: float
    inside: bool


DOMAIN = np.dtype([("nearest", "<u8"), ("similarity", "<f4"), ("inside", "<i4")])


class Predictions(np.ndarray):
    """Values float32 [n, tasks], and beside them spread [n, tasks], domain (a Domain a row), ok and
    reason; tasks: names of the columns."""

    tasks: List[str]
    spread: np.ndarray
    domain: List[Domain]
    ok: np.ndarray
    reason: List[str]

    def __array_finalize__(self, _from: Any) -> None:
        for name in ("tasks", "spread", "domain", "ok", "reason"):
            setattr(self, name, getattr(_from, name, None))

    def to_frame(self, kind: Optional[str] = None) -> Any:
        """As a table of "pandas", "polars" or "arrow"; a rejected row holds NaN."""
        data: Dict[str, Any] = {}
        for k, t in enumerate(self.tasks):
            data[t] = np.where(self.ok, np.asarray(self)[:, k], np.nan).tolist()
            data[t + "_spread"] = np.where(self.ok, self.spread[:, k], np.nan).tolist()
        data["inside"] = [d.inside for d in self.domain]
        data["similarity"] = [d.similarity for d in self.domain]
        data["status"] = ["ok" if o else r for o, r in zip(self.ok, self.reason)]
        return _tables.frame_of(data, kind)


class Predictor:
    """A head that `molglot train` made, with task = "predict". path: its file. model: whose space
    it reads, where it reads one (None: the one in the box, if it is needed). tasks: its columns;
    classes: whether its values are probabilities."""

    def __init__(self, path: Union[str, os.PathLike], model: Optional[Model] = None, *,
                 threads: int = 0):
        self._at: Optional[int] = None
        self.path, self._threads, self._lock = os.fspath(path), threads, threading.Lock()
        self._model = model
        o, err = options(_abi.molglot_options, {"threads": threads}), _abi.molglot_error()
        self._at = lib().molglot_predictor_open(self.path.encode(),
                                                model._model if model else None, byref(o),
                                                byref(err))
        if not self._at and model is None and os.path.exists(self.path):
            self._model = default_model()
            self._at = lib().molglot_predictor_open(self.path.encode(), self._model._model,
                                                    byref(o), byref(err))
        made(self._at, err)
        self.tasks = [text(lib().molglot_predictor_task(self._at, i))
                      for i in range(lib().molglot_predictor_tasks(self._at))]
        self.classes = bool(lib().molglot_predictor_classes(self._at))

    def close(self) -> None:
        lib().molglot_predictor_free(self._at)
        self._at = None

    def __del__(self) -> None:
        if getattr(self, "_at", None) and not sys.is_finalizing():
            self.close()

    def predict(self, molecules: Any, *, errors: str = "raise") -> Predictions:
        """Calibrated probabilities, or numbers, of molecules. errors: as Model.embed has it."""
        if not self._at:
            raise UsageError("the predictor is closed", _abi.MOLGLOT_USAGE)
        rows = _tables.texts(molecules)
        n, k = len(rows), len(self.tasks)
        values, spread = np.empty((n, k), np.float32), np.empty((n, k), np.float32)
        domain, status, err = np.empty(n, DOMAIN), np.empty(n, STATUS), _abi.molglot_error()
        with self._lock:
            check(lib().molglot_predict(self._at, strings(rows), n, address(values),
                                        address(spread), address(domain), address(status),
                                        byref(err)), err)
            nearest = [text(ctypes.string_at(int(p))) if p and o else None
                       for p, o in zip(domain["nearest"], status["ok"])]
        if errors == "raise":
            _refuse(status, rows)
        out = values.view(Predictions)
        out.tasks, out.spread, out.ok = self.tasks, spread, status["ok"] != 0
        out.reason = [text(r) for r in status["reason"].tolist()]
        out.domain = [Domain(s, float(d["similarity"]), bool(d["inside"]))
                      for s, d in zip(nearest, domain)]
        return out


# ---- single molecules: no model is needed ----

@dataclass
class Standard:
    """What identifies a molecule."""

    smiles: str
    inchikey: Optional[str]
    formula: str
    weight: float


def standardise(molecule: Any) -> Standard:
    """Canonical SMILES, InChIKey, formula and weight of a SMILES, molfile or RDKit molecule."""
    s, status, err = _abi.molglot_standard(), _abi.molglot_row_status(), _abi.molglot_error()
    s.size = sizeof(s)
    _reject(lib().molglot_standardise(_tables.one(molecule).encode(), byref(s), byref(status),
                                      byref(err)), status, err)
    out = Standard(text(s.smiles), None if s.inchikey is None else text(s.inchikey),
                   text(s.formula), s.weight)
    lib().molglot_standard_free(byref(s))
    return out


def draw(molecule: Any, *, format: str = "svg", width: int = 360, height: int = 280,
         transparent: bool = False, legend: Optional[str] = None,
         highlight: Sequence[int] = ()) -> Any:
    """A picture of a molecule: SVG as text, or PNG as bytes. highlight: atoms to colour."""
    atoms = np.asarray(highlight, dtype=np.int32)
    values: Dict[str, Any] = {"format": _abi.MOLGLOT_PNG if format == "png" else _abi.MOLGLOT_SVG,
                              "width": width, "height": height, "transparent": int(transparent),
                              "highlight": address(atoms) if len(atoms) else None,
                              "n_highlight": len(atoms)}
    if legend:
        values["legend"] = legend
    o = options(_abi.molglot_depict_options, values)
    out, n = ctypes.c_void_p(), ctypes.c_size_t()
    status, err = _abi.molglot_row_status(), _abi.molglot_error()
    _reject(lib().molglot_depict(_tables.one(molecule).encode(), byref(o), byref(out), byref(n),
                                 byref(status), byref(err)), status, err)
    raw = take_text(out.value, n.value)
    return raw if format == "png" else text(raw)


_groups_at: Optional[int] = None


def _groups() -> int:
    global _groups_at
    if _groups_at is None:
        err = _abi.molglot_error()
        _groups_at = made(lib().molglot_groups_open(None, 0, byref(err)), err)
    return _groups_at


def describe(molecule: Any, form: str = "json") -> Any:
    """What a molecule is, computed: a dict of facts, or with form "text" a paragraph."""
    out, status, err = ctypes.c_void_p(), _abi.molglot_row_status(), _abi.molglot_error()
    kind = _abi.MOLGLOT_FACTS_TEXT if form == "text" else _abi.MOLGLOT_FACTS_JSON
    _reject(lib().molglot_describe(_groups(), _tables.one(molecule).encode(), kind, byref(out),
                                   byref(status), byref(err)), status, err)
    raw = text(take_text(out.value))
    return raw if form == "text" else json.loads(raw)


_screen_at: Optional[int] = None


def _screen() -> int:
    global _screen_at
    if _screen_at is None:
        err = _abi.molglot_error()
        _screen_at = made(lib().molglot_screen_open(None, 0, byref(err)), err)
    return _screen_at


def triage(molecule: Any, known: Union["Index", Sequence["Index"], str, None] = None,
           model: Optional[Model] = None) -> Dict[str, Any]:
    """What is looked at before a molecule is taken further (docs/triage.md): a dict of alerts,
    n_alerts, qed, sa, control_list. No match is no clearance.

    known: an Index of molecules or several, or "memory" (the model's own): nearest_id,
    nearest_smiles, nearest_tanimoto, nearest_cosine, nearest_index and nearest_row are then those
    of the known molecule that is most like it. model: whose space it is (None: the index's)."""
    out, status, err = ctypes.c_void_p(), _abi.molglot_row_status(), _abi.molglot_error()
    if known is None:
        _reject(lib().molglot_triage(_screen(), _tables.one(molecule).encode(), byref(out),
                                     byref(status), byref(err)), status, err)
    elif isinstance(known, str) and known != "memory":
        raise UsageError('known is an Index, several, or "memory"', _abi.MOLGLOT_USAGE)
    else:
        many = [] if isinstance(known, str) else \
            list(known) if isinstance(known, (list, tuple)) else [known]
        m = model or (many[0].model if many else default_model())
        with m._lock:
            code = lib().molglot_triage_known(_screen(), m.session, _pointers(many), len(many),
                                              _tables.one(molecule).encode(), byref(out),
                                              byref(status), byref(err))
        _reject(code, status, err)
    return dict(json.loads(text(take_text(out.value))))


def layout(vectors: np.ndarray, *, method: str = "tsne",
           progress: Optional[ProgressFunction] = None, **how: Any) -> np.ndarray:
    """Places [n, 2] of vectors [n, dim] in a plane, by t-SNE or "pca". how: perplexity,
    iterations, seed, threads."""
    x = np.ascontiguousarray(vectors, np.float32)
    call = Progress(progress)
    o = options(_abi.molglot_map_options,
                {"method": _abi.MOLGLOT_PCA if method == "pca" else _abi.MOLGLOT_TSNE, **how}, call)
    out = np.empty((len(x), 2), np.float32)
    call.run(lib().molglot_map, address(x), len(x), x.shape[1], byref(o), address(out))
    return out


def separation(vectors: np.ndarray, labels: Sequence[Any], threads: int = 0) -> Dict[str, float]:
    """How well unit vectors tell groups apart: rows, groups, silhouette, accuracy of 10 nearest
    neighbours, and chance. A label that is None is left out."""
    x = np.ascontiguousarray(vectors, np.float32)
    known: Dict[Any, int] = {}
    groups = np.array([-1 if v is None or v != v else known.setdefault(v, len(known))
                       for v in labels], np.int32)
    if len(groups) != len(x):
        raise UsageError("there is not one label a vector", _abi.MOLGLOT_USAGE)
    s, err = _abi.molglot_separation(), _abi.molglot_error()
    s.size = sizeof(s)
    check(lib().molglot_separate(address(x), len(x), x.shape[1], address(groups), threads, byref(s),
                                 byref(err)), err)
    return {f: getattr(s, f) for f, _ in s._fields_ if f != "size"}
