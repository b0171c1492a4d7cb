"""Runtimes that are wrong on purpose: the checker must find each of them out."""
