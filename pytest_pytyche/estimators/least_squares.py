"""Ordinary least squares with a heteroskedasticity-robust covariance, without any n × n matrix."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.estimators.intervals import FloatArray

BLOCK_ROWS = 1 << 16
RANK_TOLERANCE = 1e-11
LEVERAGE_ONE = 1.0 - 1e-9


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """Least-squares fit of `outcome` (n,) on `design` (n, p).

    `coefficients` (p,) has the smallest norm among the minimisers, and `bread` is the pseudo-inverse of X'X:
    eigenvalues of X'X below 1e-11 of the largest count as 0, so a direction that the rows do not span gets coefficient
    0 and variance 0. `residual_dof` is n − rank. Where the design is short of rank, coefficients and what is predicted
    beyond the rows depend on where outcome and columns have their zero: `identified_columns` says what to fit instead.
    """

    design: FloatArray
    residuals: FloatArray
    coefficients: FloatArray
    bread: FloatArray
    residual_dof: int

    @classmethod
    def of(cls, design: FloatArray, outcome: FloatArray) -> "LeastSquares":
        """Fit by the eigendecomposition of X'X."""
        values, vectors = np.linalg.eigh(design.T @ design)
        kept = _spanned(values)
        scaled = vectors[:, kept] / np.sqrt(values[kept])
        bread = scaled @ scaled.T
        coefficients = bread @ (design.T @ outcome)
        residuals = outcome - design @ coefficients
        return cls(design, residuals, coefficients, bread, len(outcome) - int(kept.sum()))

    @property
    def full_rank(self) -> bool:
        """Whether the rows identify every coefficient."""
        return len(self.residuals) - self.residual_dof == len(self.coefficients)

    @property
    def residual_sum_of_squares(self) -> float:
        """Σ e_i²."""
        return float(self.residuals @ self.residuals)

    def hc2(self, variance_at_leverage_one: float) -> FloatArray:
        """Covariance of the coefficients, (p, p): bread · Σ x_i x_i' e_i²/(1 − h_i) · bread with h_i = x_i' bread x_i.

        A row of leverage 1 is fitted exactly (e_i = 0 = 1 − h_i) and says nothing of its own variance;
        `variance_at_leverage_one` stands in for the quotient. Source: MacKinnon & White (1985), HC2.
        """
        meat = np.zeros_like(self.bread)
        for rows in _row_blocks(len(self.design)):
            design = self.design[rows]
            slack = 1.0 - quadratic_form(design, self.bread)
            weight = np.full(len(design), variance_at_leverage_one)
            np.divide(self.residuals[rows] ** 2, slack, out=weight, where=slack > 1.0 - LEVERAGE_ONE)
            meat += design.T @ (design * weight[:, np.newaxis])
        return self.bread @ meat @ self.bread


def identified_columns(designs: Sequence[FloatArray]) -> list[int]:
    """Positions of the columns that, in every design, do not follow from those kept before them.

    `designs` are several sets of rows of the same columns. The rank is that of `LeastSquares`. Since more columns never
    mend it, halving finds the first column with which it falls short.
    """
    grams = np.stack([design.T @ design for design in designs])
    kept = list(range(grams.shape[-1]))
    while _short_of_rank(grams, kept):
        lengths = range(1, len(kept) + 1)
        del kept[bisect_left(lengths, x=True, key=lambda length: _short_of_rank(grams, kept[:length]))]
    return kept


def _short_of_rank(grams: FloatArray, columns: list[int]) -> bool:
    """Whether the columns are short of rank in any design."""
    values = np.linalg.eigvalsh(grams[:, columns][:, :, columns])
    return not _spanned(values).all()


def _spanned(eigenvalues: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of the ascending eigenvalues (…, p) of X'X are not 0 up to rounding."""
    return eigenvalues > RANK_TOLERANCE * eigenvalues[..., -1:]


def quadratic_form(rows: FloatArray, matrix: FloatArray) -> FloatArray:
    """x'Mx of each row x of `rows` (n, p), in blocks; M must be positive semi-definite, so what rounds below 0 is 0."""
    result = np.empty(len(rows))
    for block in _row_blocks(len(rows)):
        np.einsum("ij,ij->i", rows[block] @ matrix, rows[block], out=result[block])
    return np.maximum(result, 0.0, out=result)


def _row_blocks(n: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK_ROWS) for start in range(0, n, BLOCK_ROWS))
