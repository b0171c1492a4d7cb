"""lm-evaluation-harness: its results and samples files as events."""

from aidataops.harnesses.lm_eval.adapter import read

__all__ = ["read"]
