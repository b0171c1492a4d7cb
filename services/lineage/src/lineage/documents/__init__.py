"""Versions described in the standards that others read: a card, Croissant, PROV, OpenLineage."""
