"""Molecules and natural language in one vector space.

    import molglot
    m = molglot.Model()                                  # the model in the box
    v = m.embed(["CCO", "an alcohol"])                   # float32 [2, dim]
    index = molglot.Index.build("lib.idx", frame)        # pandas, polars, Arrow, lists, generators
    index.search("a purine alkaloid", k=10)              # Hits; .to_pandas(), cards in notebooks
    m.generate("a methyl ester of an amino acid", n=16)  # Molecules, ranked
    m.caption("CN1C=NC2=C1C(=O)N(C(=O)N2C)C")

Everything stands on libmolglot (include/molglot.h) through ctypes: docs/python.md.
"""
from ._core import (Caption, Captions, Embeddings, Generation, Hit, Hits, Index, Model, Molecule,
                    Name, Predictions, Predictor, Rejected, Standard, default_model, describe, draw,
                    layout, model_path, separation, standardise, triage, version)
from ._library import (Error, FileError, InterruptedCall, NoMemoryError, RejectedError, UsageError)
from ._abi import VERSION as __version__

__all__ = ["Caption", "Captions", "Embeddings", "Error", "FileError", "Generation", "Hit", "Hits",
           "Index", "InterruptedCall", "Model", "Molecule", "Name", "NoMemoryError",
           "Predictions", "Predictor",
           "Rejected", "RejectedError", "Standard", "UsageError", "default_model", "describe", "draw",
           "layout", "model_path", "separation", "standardise", "triage", "version",
           "__version__"]
