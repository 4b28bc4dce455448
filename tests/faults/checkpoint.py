"""checkpoint.py IN.safetensors OUT CHANGE ... - a changed copy of a tiny checkpoint, for tests of `molglot import` (python3 alone).

Changes: drop:NAME  nan:NAME  add:DTYPE (an unused tensor x of that dtype)  pad:ROWS (word embeddings)  ema (a second copy before the first,
under ema., the first under model.)  legacy4 (written as torch.save does, legacy container, pickle protocol 4)  shards:N (OUT is a folder)
buffer, sparse, quantised, complex, expanded (with legacy4: an unused tensor of that make)
"""
import collections
import io
import json
import os
import pickle
import struct
import sys

SIZES = {"F32": 4, "C64": 8, "F8_E4M3": 1, "U16": 2}


def load(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    header.pop("__metadata__", None)
    return {k: (v["dtype"], v["shape"], data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]) for k, v in header.items()}


def save(path, tensors):
    header, at, blob = {"__metadata__": {"format": "pt"}}, 0, b""
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(raw)]}
        at += len(raw)
        blob += raw
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + blob)


class Global:  # pickled by its name
    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    def __init__(self, function, *args):
        self.function, self.args = function, args


class Storage:
    def __init__(self, kind, key, raw, size):
        self.kind, self.key, self.raw, self.count = kind, key, raw, len(raw) // size


class Pickler(pickle._Pickler):
    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Global):
            if self.proto >= 4:
                self.save(obj.module)
                self.save(obj.name)
                self.write(pickle.STACK_GLOBAL)
            else:
                self.write(pickle.GLOBAL + obj.module.encode() + b"\n" + obj.name.encode() + b"\n")
        elif isinstance(obj, Call):
            self.save(obj.function)
            self.save(obj.args)
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)

    def persistent_id(self, obj):
        return ("storage", Global("torch", obj.kind), obj.key, "cpu", obj.count, None) if isinstance(obj, Storage) else None


def dump(f, obj, protocol):
    Pickler(f, protocol).dump(obj)


def tensor(storage, shape, stride=None):
    strides, step = [], 1
    for s in reversed(shape):
        strides.insert(0, step)
        step *= s
    return Call(Global("torch._utils", "_rebuild_tensor_v2"), storage, 0, tuple(shape), tuple(stride or strides), False, collections.OrderedDict())


def extra(what):
    one = Storage("FloatStorage", "x", struct.pack("<f", 1), 4)
    if what == "complex":
        return tensor(Storage("ComplexFloatStorage", "x", bytes(8), 8), [1]), [Storage("ComplexFloatStorage", "x", bytes(8), 8)]
    if what == "expanded":
        return tensor(one, [5], [0]), [one]
    if what == "buffer":
        made = tensor(one, [1])
        return Call(Global("torch._tensor", "_rebuild_from_type_v2"), made.function, Global("torch", "Tensor"), made.args, {"persistent": True}), [one]
    if what == "typed":  # of a dtype without a storage of its own
        raw = Storage("UntypedStorage", "x", bytes(4), 1)
        return Call(Global("torch._utils", "_rebuild_tensor_v3"), raw, 0, (2,), (1,), False, collections.OrderedDict(), Global("torch", "uint16")), [raw]
    if what == "sparse":
        return Call(Global("torch._utils", "_rebuild_sparse_tensor"), Call(Global("torch.serialization", "_get_layout"), "torch.sparse_coo"),
                    (tensor(one, [1]), tensor(one, [1]), (5,), True)), [one]
    if what == "quantised":
        raw = Storage("QInt8Storage", "x", b"\1", 1)
        return Call(Global("torch._utils", "_rebuild_qtensor"), raw, 0, (1,), (1,), (Global("torch", "per_tensor_affine"), 1.0, 0), False,
                    collections.OrderedDict()), [raw]
    raise SystemExit(what)


def save_legacy(path, tensors, what, protocol):
    storages, state = [], collections.OrderedDict()
    for i, (name, (dtype, shape, raw)) in enumerate(tensors.items()):
        storages.append(Storage("FloatStorage", str(i), raw, 4))
        state[name] = tensor(storages[-1], shape)
    if what:
        state["x"], more = extra(what)
        storages += more
    f = io.BytesIO()
    for obj in (0x1950a86a20f9469cfc6c, 1001, {"little_endian": True}, state, [s.key for s in storages]):
        dump(f, obj, protocol)
    for s in storages:
        f.write(struct.pack("<q", s.count) + s.raw)
    open(path, "wb").write(f.getvalue())


def main(source, out, *changes):
    tensors, legacy, shards, what = load(source), 0, 0, None
    word = "text_encoder.main_model.embeddings.word_embeddings.weight"
    for change in changes:
        kind, _, value = change.partition(":")
        if kind == "drop":
            tensors.pop(value)
        elif kind == "nan":
            dtype, shape, raw = tensors[value]
            tensors[value] = (dtype, shape, raw[:8] + struct.pack("<f", float("nan")) + raw[12:])
        elif kind == "add":
            tensors["x"] = (value, [3], bytes(3 * SIZES[value]))
        elif kind == "retype":
            dtype, shape, raw = tensors[value]
            tensors[value] = ("U32", shape, raw)
        elif kind == "pad":
            dtype, shape, raw = tensors[word]
            tensors[word] = (dtype, [int(value), shape[1]], raw + bytes(4 * shape[1] * (int(value) - shape[0])))
        elif kind == "ema":
            both = {"ema." + k: (d, s, bytes(len(r))) for k, (d, s, r) in tensors.items()}
            both.update({"model." + k: v for k, v in tensors.items()})
            tensors = both
        elif kind.startswith("legacy"):
            legacy = int(kind[6:])
        elif kind == "shards":
            shards = int(value)
        else:
            what = kind
    if legacy:
        save_legacy(out, tensors, what, legacy)
    elif shards:
        names = list(tensors)
        files = {n: f"model-{i % shards + 1:05d}-of-{shards:05d}.safetensors" for i, n in enumerate(names)}
        os.makedirs(out)
        for f in set(files.values()):
            save(os.path.join(out, f), {n: tensors[n] for n in names if files[n] == f})
        json.dump({"metadata": {}, "weight_map": files}, open(os.path.join(out, "model.safetensors.index.json"), "w"))
    else:
        save(out, tensors)


main(*sys.argv[1:])
