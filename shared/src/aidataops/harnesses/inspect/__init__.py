"""Inspect: its logs as events, and a hook that publishes while it runs."""

from aidataops.harnesses.inspect.adapter import read

__all__ = ["read"]
