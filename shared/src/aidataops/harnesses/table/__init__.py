"""Any JSONL or CSV file with a row per sample as events, read as a mapping file says."""

from aidataops.harnesses.table.adapter import read_csv, read_jsonl

__all__ = ["read_csv", "read_jsonl"]
