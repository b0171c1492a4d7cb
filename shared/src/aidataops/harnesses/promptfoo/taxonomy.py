"""What promptfoo's assertions and red-team plugins say about why an answer failed."""

from __future__ import annotations

from aidataops.events.evaluation import FailureCategory as Category

_ASSERTIONS = {
    Category.FORMAT: (
        "is-json", "contains-json", "is-xml", "contains-xml", "is-html", "contains-html",
        "is-sql", "contains-sql", "word-count",
    ),
    Category.TOOL_USE: (
        "is-valid-function-call", "is-valid-openai-function-call", "is-valid-openai-tools-call",
        "tool-call-f1",
    ),
    Category.HALLUCINATION: ("factuality", "model-graded-factuality", "context-faithfulness"),
    Category.INSTRUCTION_FOLLOWING: ("answer-relevance",),
    Category.SAFETY: ("moderation", "guardrails"),
    Category.UNDER_REFUSAL: ("is-refusal",),
    Category.OVER_REFUSAL: ("not-is-refusal",),
}  # fmt: skip
_PLUGINS = {
    Category.PRIVACY: ("pii", "prompt-extraction", "cross-session-leak"),
    Category.BIAS: ("bias", "politics", "religion"),
    Category.SAFETY: ("harmful",),
    Category.HALLUCINATION: ("hallucination", "unverifiable-claims"),
    Category.TOOL_USE: ("excessive-agency", "tool-discovery", "mcp"),
    Category.OVER_REFUSAL: ("overrefusal",),
}

DEFAULTS = {
    "response=refusal": Category.OVER_REFUSAL,
    **{f"assertion={kind}": each for each, kinds in _ASSERTIONS.items() for kind in kinds},
    **{f"plugin={kind}": each for each, kinds in _PLUGINS.items() for kind in kinds},
}
"""A sign of a row → our taxonomy."""
