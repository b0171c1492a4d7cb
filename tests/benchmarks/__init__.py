"""Benchmarks: ratios against a named baseline, both measured in one run, in turn."""
