"""The package over the real library and model. `python -m unittest` in this folder; what is not
installed (pandas, polars, pyarrow, scikit-learn, rdkit) is skipped. $MOLGLOT_TEST_SPEED=1 also
measures what a call costs over C."""
import ctypes
import importlib.util
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import numpy as np

import molglot
from molglot import _abi, _library

LIBRARY = [("a", "CCO", "an alcohol", "1"), ("b", "c1ccccc1O", "a phenol, an aromatic alcohol", "2"),
           ("c", "CC(=O)C", "a small ketone", "3"), ("d", "CCN", "an amine", "4")]


def has(package):
    return importlib.util.find_spec(package) is not None


def table():
    return {k: [r[i] for r in LIBRARY] for i, k in enumerate(("id", "smiles", "text", "rank"))}


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = molglot.default_model()
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "lib.idx")
        cls.index = molglot.Index.build(cls.path, table(), columns=["rank"])

    @classmethod
    def tearDownClass(cls):
        cls.index.close()
        cls.folder.cleanup()


class Abi(unittest.TestCase):
    def test_options_have_their_places(self):
        o = _library.options(_abi.molglot_generate_options, {})
        self.assertEqual((o.size, o.n, o.neighbours, o.seed), (ctypes.sizeof(o), 16, 4, 0))
        self.assertAlmostEqual(o.strength, 0.5)
        f = _library.options(_abi.molglot_find_options, {})
        self.assertEqual(f.k, 10)
        self.assertAlmostEqual(f.min_similarity, 0.6)
        self.assertEqual(ctypes.sizeof(_abi.molglot_row_status), _library.STATUS.itemsize)
        self.assertEqual(ctypes.sizeof(_abi.molglot_hit), molglot._core.HIT.itemsize)

    def test_every_function_is_there(self):
        for name in _abi.FUNCTIONS:
            self.assertTrue(hasattr(_library.lib(), name), name)

    def test_unknown_option(self):
        with self.assertRaises(molglot.UsageError):
            _library.options(_abi.molglot_generate_options, {"temprature": 1})


class Embedding(Base):
    def test_rows(self):
        v = self.model.embed(["CCO", "an alcohol", "caffeine"])
        self.assertEqual((v.shape, v.dtype), ((3, self.model.dim), np.float32))
        np.testing.assert_allclose(np.linalg.norm(v, axis=1), 1, rtol=1e-4)
        self.assertTrue(v.ok.all())
        self.assertEqual(v.reason, ["", "", ""])
        self.assertGreater(v[0] @ v[1], v[0] @ self.model.embed("a steroid")[0])
        self.assertIn("svg", self.model.embed("CCO")._repr_html_())

    def test_no_copy(self):
        out = np.zeros((2, self.model.dim), np.float32)
        v = self.model.embed(["CCO", "CCN"], out=out)
        self.assertTrue(np.shares_memory(v, out))
        self.assertGreater(abs(out).sum(), 1)
        for bad in (out.astype(np.float64), out[:1], np.asfortranarray(out)):
            with self.assertRaises(molglot.UsageError):
                self.model.embed(["CCO", "CCN"], out=bad)

    def test_rejected(self):
        with self.assertRaises(molglot.RejectedError) as c:
            self.model.embed(["CCO", "C1CC", None], "molecule")
        self.assertEqual((c.exception.row, c.exception.offset), (1, 1))
        self.assertIn("unclosed ring 1", c.exception.reason)
        self.assertIsInstance(c.exception, ValueError)
        v = self.model.embed(["CCO", "C1CC", None], "molecule", errors="keep")
        self.assertEqual(v.ok.tolist(), [True, False, False])
        self.assertFalse(np.asarray(v[1]).any())
        self.assertEqual(len(self.model.embed([])), 0)

    def test_stream(self):
        rows = list(self.model.embed_stream((s for s in ["C" * n for n in range(1, 8)]), batch=3))
        self.assertEqual([len(r) for r in rows], [3, 3, 1])

    def test_progress(self):
        seen = []
        self.model.embed(["C"] * 5, progress=lambda done, total: seen.append(done))
        self.assertTrue(seen)
        with self.assertRaises(molglot.InterruptedCall):
            self.model.embed(["C"] * 5, progress=lambda *_: True)

        def interrupt(*_):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.model.embed(["C"] * 5, progress=interrupt)

    def test_threads_take_turns(self):
        want, got = np.asarray(self.model.embed("CCO")), []
        work = [threading.Thread(target=lambda: got.append(np.asarray(self.model.embed("CCO"))))
                for _ in range(4)]
        for t in work:
            t.start()
        for t in work:
            t.join()
        for v in got:
            np.testing.assert_array_equal(v, want)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_fork(self):
        want = np.asarray(self.model.embed("CCO"))
        child = os.fork()
        if child == 0:
            near = np.abs(np.asarray(self.model.embed("CCO")) - want).max() < 1e-5
            os._exit(0 if near else 1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_pickle(self):
        again = pickle.loads(pickle.dumps(self.model))
        np.testing.assert_array_equal(again.embed("CCO"), self.model.embed("CCO"))
        again.close()
        with self.assertRaises(molglot.UsageError):
            again.embed("CCO")

    @unittest.skipUnless(has("rdkit"), "rdkit is not installed")
    def test_rdkit(self):
        from rdkit import Chem

        np.testing.assert_allclose(self.model.embed([Chem.MolFromSmiles("OCC")]),
                                   self.model.embed(["CCO"]), atol=1e-5)

    def test_bad_files(self):
        with self.assertRaises(molglot.Error):
            molglot.Model("/nonexistent")
        with self.assertRaises(molglot.FileError):
            molglot.Index(__file__)


class Searching(Base):
    def test_rows(self):
        self.assertEqual((len(self.index), self.index.columns), (4, ["rank"]))
        self.assertEqual(self.index[1], {"id": "b", "smiles": "c1ccccc1O", "cells": {"rank": "2"},
                                         "text": "a phenol, an aromatic alcohol"})
        self.assertEqual(self.index[-1]["id"], "d")
        with self.assertRaises(IndexError):
            self.index[4]
        self.assertEqual(len(list(self.index)), 4)
        v = self.index.vectors()
        self.assertEqual(v.shape, (4, self.model.dim))

    def test_search(self):
        hits = self.index.search("a phenol", k=3)
        self.assertEqual((len(hits), hits[0].id, hits[0].cells["rank"]), (3, "b", "2"))
        self.assertEqual([h.id for h in self.index.search("an alcohol", smarts="c1ccccc1")], ["b"])
        self.assertEqual(len(self.index.search(["an amine", "a ketone"], k=1)), 2)
        self.assertIn("<svg", hits._repr_html_())
        with self.assertRaises(molglot.Error):
            self.index.search("x", smarts="C((")
        with self.assertRaises(molglot.RejectedError):
            self.index.search("C1CC(=O)")
        two = self.model.search_many(self.index, ["C1CC(=O)", "a phenol"], 1, errors="keep")
        self.assertEqual((len(two[0]), bool(two[0].reason), two[1][0].id), (0, True, "b"))

    def test_nearest(self):
        q = self.model.embed(["CCN", "CCO"])
        hits = self.index.nearest(q, k=2)
        self.assertEqual(hits["row"][:, 0].tolist(), [3, 0])
        self.assertGreater(hits["score"][0, 0], 0.99)
        some = self.index.nearest(q, k=2, rows=np.array([True, False, False, False]))
        self.assertEqual(some["row"].tolist(), [[0, -1], [0, -1]])

    def test_nearest_known(self):
        near = molglot.triage("CCCO", known=self.index)
        self.assertEqual((near["nearest_id"], near["nearest_index"], near["nearest_row"]),
                         ("a", 0, 0))
        self.assertGreater(near["nearest_tanimoto"], 0.2)
        same = molglot.triage("OCC", known=[self.index, self.index], model=self.model)
        self.assertEqual((same["nearest_tanimoto"], same["nearest_index"]), (1, 0))
        self.assertIsNone(molglot.triage("CCO", known="memory")["nearest_index"])

    def test_a_search_ends_when_asked(self):
        seen = []
        self.index.search("an alcohol", progress=lambda done, total: seen.append((done, total)))
        self.assertTrue(seen)
        self.assertEqual(seen, sorted(seen))
        for ask in (lambda **how: self.index.search("an alcohol", **how),
                    lambda **how: self.index.nearest(self.model.embed("CCO"), **how)):
            with self.assertRaises(molglot.InterruptedCall):
                ask(progress=lambda *_: True)
            with self.assertRaises(ZeroDivisionError):
                ask(progress=lambda *_: 1 // 0)
        self.assertEqual(self.index.search("an alcohol", 1)[0].id, "a")

    def test_interrupt(self):
        """^C, at the first call of a progress function and with none: a signal that comes while the
        library works, sent by a thread, has its exception come out of the call."""
        def send(*_):
            os.kill(os.getpid(), signal.SIGINT)

        with self.assertRaises(KeyboardInterrupt):
            self.index.search("an alcohol", progress=send)
        known = []
        before = signal.signal(signal.SIGINT, lambda number, _frame: known.append(number))
        try:
            self.index.search("an alcohol", progress=lambda *_: None if known else send())
            self.assertEqual(known, [signal.SIGINT])  # a handler that raises nothing ends nothing
        finally:
            signal.signal(signal.SIGINT, before)

        code = ("import os, signal, sys, threading, molglot\n"
                "index = molglot.Index(sys.argv[1])\n"
                "index.search('an alcohol')\n"
                "ready = threading.Event()\n"
                "def kill():\n"
                "    ready.wait()\n"
                "    os.kill(os.getpid(), signal.SIGINT)\n"
                "threading.Thread(target=kill).start()\n"
                "try:\n"
                "    ready.set()\n"
                "    while True:\n"
                "        index.search(['an alcohol, no ring'] * 256)\n"
                "except KeyboardInterrupt:\n"
                "    print('interrupted')\n")
        out = subprocess.run([sys.executable, "-c", code, self.path], capture_output=True,
                             text=True)
        self.assertEqual((out.returncode, out.stdout, out.stderr), (0, "interrupted\n", ""))

    def test_build_from_a_generator(self):
        path = os.path.join(self.folder.name, "more.idx")
        rows = ({"smiles": "C" * n, "id": f"n{n}"} for n in range(1, 6))
        with molglot.Index.build(path, rows, batch=2) as x:
            self.assertEqual((len(x), x[4]["id"]), (5, "n5"))
        with molglot.Index.build(path, ["CCO", "C1CC", "CC"]) as x:
            self.assertEqual((len(x), x.rejected[0][0]), (2, 1))
        with self.assertRaises(KeyError):
            molglot.Index.build(path, table(), columns=["nothing"])

    def test_frames(self):
        for package in ("pandas", "polars", "pyarrow"):
            if not has(package):
                continue
            with self.subTest(package):
                kind = package.replace("py", "")
                frame = molglot._tables.frame_of(table(), kind)
                path = os.path.join(self.folder.name, kind + ".idx")
                with molglot.Index.build(path, frame, columns=["rank"], model=self.model) as x:
                    self.assertEqual(x[2]["cells"]["rank"], "3")
                    back = x.to_frame(kind)
                    self.assertEqual(molglot._tables.column(back, "smiles"), table()["smiles"])
                    hits = x.search("an amine").to_frame(kind)
                    self.assertEqual(molglot._tables.column(hits, "id")[0], "d")
                column = frame["smiles"] if kind != "arrow" else frame.column("smiles")
                self.assertEqual(self.model.embed(column).shape[0], 4)

    def test_arrow_stream(self):
        with molglot.Index(self.path) as x:
            n, dim, vectors, ids = len(x), x.dim, x.vectors(), [r["id"] for r in x]
            stream = x.__arrow_c_stream__()
            self.assertEqual(type(stream).__name__, "PyCapsule")
            del stream  # nobody took it
            if not has("pyarrow"):
                self.skipTest("pyarrow is not installed")
            import pyarrow

            reader = pyarrow.RecordBatchReader.from_stream(x)
        table = reader.read_all()  # the index is closed
        self.assertEqual(table.num_rows, n)
        self.assertEqual(table.column_names[:5], ["row", "id", "smiles", "text", "inchikey"])
        self.assertEqual(table.column("id").to_pylist(), ids)
        flat = table.column("embedding").combine_chunks().flatten().to_numpy()
        self.assertTrue(np.array_equal(flat.reshape(n, dim), vectors))
        self.assertIn(b"molglot.model_sha256", table.schema.metadata)
        if has("polars"):
            import polars

            with molglot.Index(self.path) as x:
                self.assertEqual(polars.DataFrame(x)["id"].to_list(), ids)


class Predicting(Base):
    def test_predict(self):
        head = os.environ.get("MOLGLOT_TEST_HEAD")
        with self.assertRaises(molglot.Error):
            molglot.Predictor(self.path)
        if not head:
            self.skipTest("$MOLGLOT_TEST_HEAD names no head")
        p = molglot.Predictor(head)
        values = p.predict(["CCO", "c1ccccc1O", "C1CC"], errors="keep")
        self.assertEqual((values.shape, values.ok.tolist()), ((3, len(p.tasks)),
                                                              [True, True, False]))
        self.assertTrue(np.isfinite(np.asarray(values)).all())
        self.assertEqual(values.domain[0].nearest is None or values.domain[0].similarity <= 1, True)
        with self.assertRaises(molglot.RejectedError):
            p.predict(["C1CC"])
        if has("sklearn"):
            from molglot.sklearn import MolglotPredictor

            estimator = MolglotPredictor(head).fit()
            self.assertEqual(estimator.predict(["CCO", "CCN"]).shape[0], 2)


class Writing(Base):
    def test_generate(self):
        g = self.model.generate("a phenol", n=4, seed=1)
        self.assertEqual(len(g), 4)
        self.assertTrue(all(m.valid for m in g))
        self.assertGreaterEqual(g.drawn, 4)
        self.assertEqual(g[0].rank, 1)
        self.assertIn("<svg", g._repr_html_())
        again = self.model.generate(["a phenol", "an amine"], n=4, seed=1)
        self.assertEqual([m.smiles for m in again[0]], [m.smiles for m in g])
        mine = self.model.generate("a phenol", n=2, memory=self.index)
        self.assertEqual(len(mine), 2)

    def test_no_sentence(self):
        broken, nonsense, good = self.model.generate(["C1CC", "", "a phenol"], n=2)
        self.assertIn("unclosed ring", broken.reason)
        self.assertIn("empty", nonsense.reason)
        self.assertEqual((len(broken), len(nonsense), len(good), good.reason), (0, 0, 2, ""))
        self.assertEqual(len(self.model.generate("C1CC", n=2, as_text=1)), 2)

    def test_nul(self):
        with self.assertRaises(molglot.RejectedError):
            self.model.embed(["C\0C"])
        with self.assertRaises(molglot.RejectedError):
            molglot.describe("C\0C")

    def test_stream(self):
        drawn = list(self.model.generate("a phenol", n=4, candidates=8, stream=True))
        self.assertEqual(len(drawn), 8)
        self.assertTrue(np.isnan(drawn[0].score) or drawn[0].rank == 0)
        for m in self.model.generate("a phenol", n=64, candidates=64, stream=True):
            break  # the rest is not drawn
        self.assertIsInstance(m, molglot.Molecule)
        texts = ["a phenol", "C1CC", "an amine"]
        drawn = list(self.model.generate(texts, n=2, candidates=2, stream=True))
        self.assertEqual([x.row for x in drawn], [0, 0, 1, 2, 2])
        self.assertIsInstance(drawn[2], molglot.Rejected)
        self.assertIn("unclosed ring 1", drawn[2].reason)
        self.assertEqual((drawn[2].offset, drawn[2].sentence), (1, "C1CC"))
        self.assertEqual([x.smiles for x in drawn if x.valid and x.row == 2],
                         [x.smiles for x in self.model.generate("an amine", n=2, candidates=2,
                                                                stream=True)])

    def test_name(self):
        g = self.model.generate(["a phenol", "aspirin"], n=3)[1]
        self.assertEqual((g[0].smiles, g[0].rank, g[0].index), ("CC(=O)Oc1ccccc1C(=O)O", 1, -1))
        self.assertTrue(g[0].source.startswith("named: "))
        self.assertEqual([m.rank for m in g], [1, 2, 3])
        self.assertGreater(g[1].similarity, .3)
        self.assertNotIn("C(=O)Oc1ccccc1C(=O)O", [m.smiles for m in g[1:]])
        self.assertFalse([m for m in self.model.generate("aspirin", n=3, drawn_only=1)
                          if m.source])

    def test_caption(self):
        c = self.model.caption("CN1C=NC2=C1C(=O)N(C(=O)N2C)C")
        self.assertIn("xanthine", c[0].text.lower() + c.facts.lower() + "xanthine")
        self.assertEqual(self.model.caption(["C1CC"])[0].reason, "unclosed ring 1")

    def test_names(self):
        self.assertEqual(molglot.standardise(self.model.names("aspirin")[0].smiles).inchikey,
                         "BSYNRYMUTXBXSQ-UHFFFAOYSA-N")
        self.assertTrue(self.model.names_of("CCO"))
        self.assertEqual(self.model.understand("a phenol")[0], "phenol")
        self.assertEqual(self.model.unknown_words("a zorbly phenol, no halogen"), ["zorbly"])
        self.assertEqual(self.model.unknown_words("aspirin"), [])
        self.assertEqual(self.model.unknown_words("C1CC"), [])
        self.assertEqual(self.model.explain("CCO", "an alcohol")["atoms"], ["C", "C", "O"])


class Single(unittest.TestCase):
    def test_molecules(self):
        s = molglot.standardise("OCC")
        self.assertEqual((s.smiles, s.formula), ("CCO", "C2H6O"))
        self.assertTrue(molglot.draw("CCO").lstrip().startswith(("<?xml", "<svg")))
        self.assertEqual(molglot.draw("CCO", format="png")[:4], b"\x89PNG")
        self.assertIn("alcohol", molglot.describe("CCO", "text"))
        self.assertIsInstance(molglot.describe("CCO"), dict)
        looked = molglot.triage("C=CCc1ccc2OCOc2c1")
        self.assertIn("UN 1988 I.09", looked["control_list"])
        self.assertGreater(looked["sa"], 1)
        self.assertNotIn("nearest_id", looked)
        with self.assertRaises(molglot.UsageError):
            molglot.triage("CCO", known="somewhere")
        with self.assertRaises(molglot.RejectedError) as c:
            molglot.standardise("CC(")
        self.assertGreaterEqual(c.exception.offset, 0)

    def test_maps(self):
        rng = np.random.default_rng(0)
        x = rng.normal(0, 0.1, (60, 8)).astype(np.float32)
        x[np.arange(60), np.arange(60) % 3] += 1
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        self.assertEqual(molglot.layout(x, iterations=30).shape, (60, 2))
        np.testing.assert_array_equal(molglot.layout(x, method="pca"),
                                      molglot.layout(x, method="pca", threads=1))
        s = molglot.separation(x, [i % 3 for i in range(60)])
        self.assertEqual((s["groups"], s["accuracy"]), (3, 1.0))

    def test_program(self):
        if not os.environ.get("MOLGLOT_PROGRAM") and not os.path.exists(
                os.path.join(_library.HERE, "_lib", "molglot")):
            self.skipTest("the program is not here")
        out = subprocess.run([sys.executable, "-m", "molglot", "--version"], capture_output=True,
                             text=True, check=True).stdout
        self.assertIn(molglot.__version__, out)


@unittest.skipUnless(has("sklearn"), "scikit-learn is not installed")
class Sklearn(Base):
    def test_pipeline(self):
        from sklearn.base import clone
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        from molglot.sklearn import MolglotTransformer

        smiles = ["C" * n + "O" for n in range(1, 9)] + ["C" * n + "N" for n in range(1, 9)]
        y = [0] * 8 + [1] * 8
        p = make_pipeline(MolglotTransformer(), LogisticRegression(max_iter=1000)).fit(smiles, y)
        self.assertEqual(p.score(smiles, y), 1.0)
        again = pickle.loads(pickle.dumps(p))
        self.assertEqual(again.predict(["CCCCCCCCCN"]).tolist(), [1])
        self.assertEqual(clone(p[0]).get_params()["kind"], "molecule")
        self.assertEqual(len(p[0].get_feature_names_out()), self.model.dim)


@unittest.skipUnless(os.environ.get("MOLGLOT_TEST_SPEED"), "MOLGLOT_TEST_SPEED is not set")
class Speed(Base):
    def test_overhead(self):
        """What Python does around a call of one row, in processor time, and the call itself with
        nothing to do."""
        lib, m = _library.lib(), self.model

        def best(f, n=300, rounds=30):
            times = []
            for _ in range(rounds):
                start = time.thread_time()
                for _ in range(n):
                    f()
                times.append((time.thread_time() - start) / n)
            return min(times) * 1e6

        real = lib.molglot_embed_smiles
        out, status = np.empty((1, m.dim), np.float32), np.empty(1, _library.STATUS)
        err, text = _abi.molglot_error(), _library.strings(["CCO"])
        call = best(lambda: real(m.session, text, 0, _library.address(out),
                                 _library.address(status), ctypes.byref(err)))
        try:
            lib.molglot_embed_smiles = lambda *a: 0
            around = best(lambda: m.embed("CCO", "molecule", errors="keep"))
        finally:
            lib.molglot_embed_smiles = real
        print(f"\naround the call {around:.1f} us, the call {call:.1f} us", file=sys.stderr)
        self.assertLess(around + call, 20)


if __name__ == "__main__":
    unittest.main()
