"""For scikit-learn: molecules or texts as features.

    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    make_pipeline(MolglotTransformer(), LogisticRegression(max_iter=1000)).fit(smiles, y)
"""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from ._core import Model, Predictor, default_model


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


class MolglotPredictor(BaseEstimator):
    """A head that `molglot train` made, as an estimator: predict and, of classes, predict_proba.

    path: its file. There is nothing to fit: it was trained by `molglot train`. For one task:
    predict gives [n]; for several [n, tasks]. threshold: of a probability for class 1.
    """

    def __init__(self, path: str = "", errors: str = "raise", threshold: float = 0.5):
        self.path = path
        self.errors = errors
        self.threshold = threshold

    def fit(self, X: Any = None, y: Any = None) -> "MolglotPredictor":  # noqa: N803
        head = self._open()
        if head.classes and len(head.tasks) == 1:
            self.classes_ = np.array([0, 1])
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        values = np.asarray(self._open().predict(X, errors=self.errors))
        if self._open().classes:
            values = (values >= self.threshold).astype(int)
        return values[:, 0] if values.shape[1] == 1 else values

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        if not self._open().classes:
            raise AttributeError("this head predicts numbers, not classes")
        p = np.asarray(self._open().predict(X, errors=self.errors))
        return np.column_stack([1 - p[:, 0], p[:, 0]]) if p.shape[1] == 1 else p

    def _open(self) -> Predictor:
        if getattr(self, "_opened", None) is None or self._opened[0] != self.path:
            self._opened = (self.path, Predictor(self.path))
        return self._opened[1]

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __getstate__(self) -> dict:
        return {k: v for k, v in super().__getstate__().items() if k != "_opened"}
