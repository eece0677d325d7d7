"""Named catalogs: arguments of `build_catalog`, from a quick look to a thorough one."""

from __future__ import annotations

from typing import Any

PROFILES: dict[str, dict[str, Any]] = {
    "validate": {
        "effect_scale_grid": [1.0],
        "channel_mode_grid": ["mirror"],
        "default_n_visitors": 200,
        "categorical_driver": "is_returning",
    },
    "standard": {
        "effect_scale_grid": [0.5, 1.0, 2.0],
        "severity_sigma_grid": [0.3, 1.0],
        "n_nuisance_grid": [0, 10],
        "n_visitors_grid": [500, 2000],
        "baseline_rate_grid": [0.02, 0.05, 0.15],
        "channel_mode_grid": ["mirror"],
        "default_n_visitors": 1000,
        "categorical_driver": "is_returning",
    },
    "thorough": {
        "templates": [
            "constant",
            "reversal",
            "sparse_benefit",
            "nonlinear",
            "monotone_gradient",
            "interaction_only",
            "clustered",
            "clustered_realistic",
            "clustered_complex",
        ],
        "effect_scale_grid": [0.25, 0.5, 1.0, 2.0, 4.0],
        "severity_sigma_grid": [0.2, 0.5, 1.0, 2.0],
        "n_nuisance_grid": [0, 5, 15],
        "n_visitors_grid": [250, 500, 1000, 2000, 5000],
        "treatment_allocation_grid": [0.3, 0.5, 0.7],
        "benefit_prevalence_grid": [0.05, 0.15, 0.30],
        "baseline_rate_grid": [0.02, 0.05, 0.10, 0.20],
        "revenue_model_grid": ["lognormal", "cart"],
        "channel_mode_grid": ["mirror", "opposing", "conversion_only", "severity_only"],
        "default_n_visitors": 1000,
        "categorical_driver": "is_returning",
    },
}
"""Preset catalogs, as keyword arguments of `build_catalog`."""
