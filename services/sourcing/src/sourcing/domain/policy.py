"""The policy of what may come in: licences, and what provenance has to say. It is data (YAML)."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from aidataops.errors import InvalidError
from aidataops.events.sourcing import Provenance, SourceKind

SUBJECT = "sourcing.licences"
"""Of the `PolicyChanged` that brings another policy."""


class Policy(BaseModel):
    """Lists of SPDX identifiers (``*`` matches any characters), required fields, uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed: tuple[str, ...]
    needs_approval: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    required: dict[SourceKind, tuple[str, ...]] = {}
    uses: tuple[str, ...] = ()

    @field_validator("required")
    @classmethod
    def _are_fields(cls, required: dict[SourceKind, tuple[str, ...]]) -> Any:
        unknown = {name for names in required.values() for name in names} - {
            *Provenance.model_fields
        }
        if unknown:
            known = ", ".join(Provenance.model_fields)
            raise ValueError(f"{', '.join(sorted(unknown))}: no field of provenance ({known})")
        return required


def read_policy(document: str) -> Policy:
    """A policy from YAML; raises ``InvalidError`` that names the field."""
    try:
        return Policy.model_validate(yaml.safe_load(document))
    except yaml.YAMLError as error:
        raise InvalidError(f"document: is no YAML: {error}") from error
    except ValidationError as error:
        problems = "; ".join(
            f"document.{'.'.join(str(step) for step in one['loc'])}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)
        )
        kinds = ", ".join(get_args(SourceKind))
        raise InvalidError(f"{problems} (source kinds: {kinds})") from error


@lru_cache(maxsize=1)
def default_policy() -> Policy:
    """The policy that is shipped."""
    return read_policy(resources.files(__package__).joinpath("licences.yaml").read_text("utf-8"))
