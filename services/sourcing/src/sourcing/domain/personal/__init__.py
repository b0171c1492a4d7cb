"""Personal data in texts: regular expressions find candidates, checksums decide."""

from sourcing.domain.personal.recognition import Finding, find_personal_data, hold_personal_data

__all__ = ["Finding", "find_personal_data", "hold_personal_data"]
