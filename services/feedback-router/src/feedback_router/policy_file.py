"""The routing policy as a file."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from aidataops.errors import ConfigurationError
from feedback_router.domain.policy import Policy


def load_policy(path: Path) -> Policy:
    """Read and check a policy.

    Raises ``ConfigurationError`` that names the file and every field that is wrong, so that a
    mistake in it stops the service before it routes anything.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); "
            "AIDATAOPS_FEEDBACK_ROUTER_POLICY names the routing policy"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is no YAML: {error}") from error
    return parse_policy(text, str(path))


def parse_policy(text: str, where: str) -> Policy:
    """Check a policy's YAML; raises ``ConfigurationError`` that names ``where`` and every field."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{where}: is no YAML: {error}") from error
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(step) for step in problem['loc']) or 'policy'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise ConfigurationError(f"{where}: {problems}") from error
