"""promptfoo: its results as events, and an extension that publishes when it has ended."""

from aidataops.harnesses.promptfoo.adapter import read

__all__ = ["read"]
