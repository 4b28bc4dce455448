"""For scikit-learn: molecules or texts as features.

    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    make_pipeline(MolglotTransformer(), LogisticRegression(max_iter=1000)).fit(smiles, y)
"""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from ._core import Model, default_model


class MolglotTransformer(TransformerMixin, BaseEstimator):
    """SMILES (or RDKit molecules, or texts) to unit vectors [n, dim].

    kind: "molecule", "text" or "auto". errors: "raise", or "keep": zeros for what cannot be read.
    model: path of a model; None: the one in the box. There is nothing to fit.
    """

    def __init__(self, kind: str = "molecule", errors: str = "raise", model: Optional[str] = None):
        self.kind = kind
        self.errors = errors
        self.model = model

    def fit(self, X: Any, y: Any = None) -> "MolglotTransformer":  # noqa: N803
        self.n_features_out_ = self._open().dim
        return self

    def transform(self, X: Any) -> np.ndarray:  # noqa: N803
        if hasattr(X, "shape") and len(X.shape) == 2:  # a table with one column
            X = np.asarray(X)[:, 0]
        return np.asarray(self._open().embed(X, self.kind, errors=self.errors))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        return np.array([f"molglot{i}" for i in range(self._open().dim)], dtype=object)

    def _open(self) -> Model:
        if getattr(self, "_opened", None) is None or self._opened[0] != self.model:
            self._opened = (self.model, Model(self.model) if self.model else default_model())
        return self._opened[1]

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __getstate__(self) -> dict:
        return {k: v for k, v in super().__getstate__().items() if k != "_opened"}
