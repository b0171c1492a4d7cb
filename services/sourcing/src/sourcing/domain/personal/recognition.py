"""What kinds of personal data a text holds, and where.

Precision comes first from check digits, then from form and from the words beside a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sourcing.domain.gates import Hold
from sourcing.domain.personal import checksums
from sourcing.domain.personal.telephones import find_telephones

_SHOWN = 10
_CONTEXT = 40
"""Characters before a number in which a word may say what it is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data at ``start`` … ``end``; ``masked`` keeps its form and none of its content."""

    kind: str
    start: int
    end: int
    masked: str


@dataclass(frozen=True, slots=True)
class _Recogniser:
    kind: str
    pattern: re.Pattern[str]
    is_valid: Callable[[str], bool] = lambda number: True
    context: re.Pattern[str] | None = None


def _is_public(address: str) -> bool:
    """Not one of the domains that RFC 2606 keeps for examples."""
    domain = address.rpartition("@")[2].lower()
    return not re.fullmatch(r"(.+\.)?(example(\.(com|net|org))?|test|invalid|localhost)", domain)


_SEPARATORS = re.compile(r"[ ./()-]")
_SECURITY_WORDS = re.compile(r"\b(ssn|social security)\b", re.IGNORECASE)
_INSURANCE_WORDS = re.compile(
    r"\b(nino|national insurance|n\.?i\.? (?:number|no))\b", re.IGNORECASE
)

# From the most telling to the least: what one has taken, a later one does not look at.
_RECOGNISERS = (
    _Recogniser(
        "email",
        re.compile(
            r"(?<![\w.+-])[^\W_][\w.%+-]{0,63}@(?:[^\W_][\w-]{0,62}\.){1,8}[^\W\d_]{2,24}"
            r"\b(?!:[\w~/])"  # git@host:path
        ),
        _is_public,
    ),
    _Recogniser(
        "iban",
        re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", re.I),
        checksums.is_iban,
    ),
    _Recogniser(
        "fr_nir",
        re.compile(
            r"(?<!\d)[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2]|[2-9]\d)[ ]?(?:\d{2}|2[AB])[ ]?\d{3}[ ]?"
            r"\d{3}[ ]?\d{2}(?!\d)"
        ),
        checksums.is_french_nir,
    ),
    _Recogniser(
        "card",
        re.compile(
            r"(?<![\d-])(?<![A-Z]{2}\d{2}[ ])(?:[3-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{1,7}"
            r"|3[47]\d{2}([ -]?)\d{6}\2\d{5})(?![\d-])"
        ),
        checksums.is_card,
    ),
    _Recogniser(
        "es_dni",
        re.compile(r"\b(?:\d{2}\.?\d{3}\.?\d{3}|[XYZ]-?\d{7})[ -]?[A-Z]\b", re.I),
        checksums.is_spanish_dni,
    ),
    _Recogniser(
        "uk_nino",
        re.compile(r"\b(?![DFIQUV])[A-Z](?![DFIQUVO])[A-Z][ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?[A-D]\b"),
        checksums.is_uk_nino,
    ),
    _Recogniser(
        "uk_nino",
        re.compile(
            r"\b(?![DFIQUV])[A-Z](?![DFIQUVO])[A-Z](?:[ .-]?\d{2}){3}[ .-]?[A-D]\b", re.IGNORECASE
        ),
        checksums.is_uk_nino,
        _INSURANCE_WORDS,
    ),
    _Recogniser("us_ssn", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"), checksums.is_us_ssn),
    _Recogniser(
        "us_ssn",
        re.compile(r"(?<!\d)\d{3} ?\d{2} ?\d{4}(?!\d)"),
        checksums.is_us_ssn,
        _SECURITY_WORDS,
    ),
    _Recogniser(
        "de_tax_id",
        re.compile(r"(?<![\d+])[1-9]\d(?:[ ]?\d{3}){3}(?!\d)"),
        checksums.is_german_tax_id,
    ),
)
"""Each with the check that its candidates have to pass, on the number without separators."""

_SIX_DIGITS = re.compile(r"\d(?:[ ./()-]{0,3}\d){5}")
"""Every number that is looked for has six digits in a row; most texts have none."""


def find_personal_data(text: str) -> list[Finding]:
    """Personal data in the order of the text; what overlaps counts once."""
    taken: list[Finding] = []
    has_number = _SIX_DIGITS.search(text) is not None
    for recogniser in _RECOGNISERS:
        if not ("@" in text if recogniser.kind == "email" else has_number):
            continue
        if recogniser.context is not None and not recogniser.context.search(text):
            continue
        for match in recogniser.pattern.finditer(text):
            if _overlaps(taken, *match.span()):
                continue
            found = _trim_iban(match[0]) if recogniser.kind == "iban" else match[0]
            if _holds(recogniser, text, match.start(), found):
                end = match.start() + len(found)
                taken.append(Finding(recogniser.kind, match.start(), end, _mask(found)))
    for start, end in find_telephones(text) if has_number else ():
        if not _overlaps(taken, start, end):
            taken.append(Finding("phone", start, end, _mask(text[start:end])))
    return sorted(taken, key=lambda finding: finding.start)


def hold_personal_data(text: str) -> Hold | None:
    """What is held against a text with personal data; the evidence never repeats the data."""
    found = find_personal_data(text)
    if not found:
        return None
    kinds = sorted({finding.kind for finding in found})
    evidence = {"kinds": ", ".join(kinds), "findings": str(len(found))}
    for number, finding in enumerate(found[:_SHOWN], 1):
        evidence[f"finding_{number}"] = (
            f"{finding.kind} at {finding.start}-{finding.end}: {finding.masked}"
        )
    return Hold("personal_data", f"the text holds personal data ({', '.join(kinds)})", evidence)


def _overlaps(taken: Sequence[Finding], start: int, end: int) -> bool:
    return any(start < one.end and one.start < end for one in taken)


def _holds(recogniser: _Recogniser, text: str, start: int, number: str) -> bool:
    before = text[max(0, start - _CONTEXT) : start]
    if recogniser.context is not None and not recogniser.context.search(before):
        return False
    if recogniser.kind != "email":
        number = _SEPARATORS.sub("", number).upper()
    return recogniser.is_valid(number)


def _trim_iban(found: str) -> str:
    """As much of it as its country's IBANs are long: a word behind it looks like more of it."""
    signs = checksums.IBAN_LENGTHS.get(found[:2].upper(), 0)
    for end, sign in enumerate(found, 1):
        signs -= sign.isalnum()
        if signs == 0:
            return found[:end]
    return found


def _mask(found: str) -> str:
    """Every letter an x, every digit a 0."""
    return "".join("x" if sign.isalpha() else "0" if sign.isdigit() else sign for sign in found)
