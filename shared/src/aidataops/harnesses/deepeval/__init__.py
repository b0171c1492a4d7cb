"""DeepEval: its test runs as events, and a hook that publishes when one has ended."""

from aidataops.harnesses.deepeval.adapter import read

__all__ = ["read"]
