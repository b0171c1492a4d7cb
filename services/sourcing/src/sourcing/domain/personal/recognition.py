"""What kinds of personal data a text holds, and where.

Precision comes first from check digits, then from form: digits are a telephone number with a plus,
grouped as a country groups them where nothing says that they number something else, or with a word
beside them that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sourcing.domain.gates import Hold
from sourcing.domain.personal import checksums

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
    contrary: re.Pattern[str] | None = None


def _is_phone(number: str) -> bool:
    return 8 <= sum(sign.isdigit() for sign in number) <= 15


def _is_public(address: str) -> bool:
    """Not one of the domains that RFC 2606 keeps for examples."""
    domain = address.rpartition("@")[2].lower()
    return not re.fullmatch(r"(.+\.)?(example(\.(com|net|org))?|test|invalid|localhost)", domain)


def _is_local_phone(number: str) -> bool:
    return _is_phone(number) and not _THOUSANDS.fullmatch(number) and not _DATE.match(number)


def _is_national_phone(number: str) -> bool:
    digits = _SEPARATORS.sub("", number)
    return _is_local_phone(number) and (
        _NATIONAL.fullmatch(digits) is not None or _NORTH_AMERICAN.fullmatch(number) is not None
    )


def _is_grouped_phone(number: str) -> bool:
    """Ten to twelve digits with a trunk prefix, or three, three and four: grouped to be dialled."""
    return _is_local_phone(number) and (
        _NORTH_AMERICAN.fullmatch(number) is not None
        or (_TRUNK.match(number) is not None and 10 <= sum(sign.isdigit() for sign in number) <= 12)
    )


_SEPARATORS = re.compile(r"[ ./()-]")
_THOUSANDS = re.compile(r"\d{1,3}([.,]\d{3})+")
_DATE = re.compile(
    r"(?:19|20)\d\d[./-]\d\d?[./-]\d\d?(?!\d)|\d\d?[./-]\d\d?[./-](?:19|20)\d\d(?!\d)"
)
_NATIONAL = re.compile(r"0[1-9]\d{7,10}|[6-9]\d{8}")
"""With a trunk prefix (most of Europe), or the nine digits of Spain."""

_TRUNK = re.compile(r"\(?0[1-9]\d{0,3}\)?[ ./-]")
_NORTH_AMERICAN = re.compile(r"(?:1[ .-])?\(?[2-9]\d\d(?:[ .-]|\) ?)[2-9]\d\d[ .-]\d{4}")

_LOCAL = (
    r"(?<![\w.,/#-])(?:1[ .-]?)?(?:\(\d{2,5}\)|\d{2,5})(?:(?: / |[ ./-])?\d{2,5}){1,5}(?:-\d)?"
    r"(?![\w/-]|[.,]\d|[ ]\d{2}|[ ]?(?:[kMGT]B|mAh|rpm|EUR|USD|euros?|[ckm]?m|k?g)\b|[ ]?[€$%])"
)
_PHONE_WORDS = re.compile(
    r"\b(phone|tel|telephone|landline|fax|whatsapp|telefon(?:nummer)?|(?:handy|mobil)(?:nummer)?"
    r"|rufnummer|durchwahl|festnetz|rufen?|anruf|tel[eé]fonos?|tfno|m[oó]vil|celular|ll[aá]mame"
    r"|ll[aá]menos|t[eé]l|t[eé]l[eé]phone)\b",
    re.IGNORECASE,
)
_REACHING_WORDS = re.compile(
    r"\b(mobile|cell|call|dial|ring|text|sms|ph|r[uü]ckruf|erreich\w*|r?appel\w*|portable|fijo"
    r"|fixe|ll[aá]m\w*|(?:my|his|her|our|their|contact|new) (?:number|no)|meine nummer"
    r"|mi n[uú]mero|mon num[eé]ro)\b|\b[MTF]:? (?=[\d(]|$)",
    re.IGNORECASE,
)
"""They have other senses too: they tell where the number has the form of a country's."""

_OTHER_NUMBERS = re.compile(
    r"\b(?:order|invoice|serial|ticket|track\w*|case|account|customer|article|part|item|model"
    r"|isbn|sku|id|lot|batch|\w+nummer|nr|art|pedido|factura|serie|commande|facture|dossier"
    r"|code|booking|r[eé]f[eé]rence|konto|aktenzeichen)\b",
    re.IGNORECASE,
)
"""What else a number in a telephone's form may be."""

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
        re.compile(r"(?<!\d)[1-9]\d(?:[ ]?\d{3}){3}(?!\d)"),
        checksums.is_german_tax_id,
    ),
    _Recogniser(
        "phone",
        re.compile(
            r"(?<![\w+])(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0\)[ ]?)?(?:\(?\d{1,5}\)?[ ./-]?){2,6}\d\b"
        ),
        _is_phone,
    ),
    _Recogniser("phone", re.compile(_LOCAL), _is_local_phone, _PHONE_WORDS),
    _Recogniser("phone", re.compile(_LOCAL), _is_national_phone, _REACHING_WORDS),
    _Recogniser("phone", re.compile(_LOCAL), _is_grouped_phone, contrary=_OTHER_NUMBERS),
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
            if any(match.start() < one.end and one.start < match.end() for one in taken):
                continue
            found = _trim_iban(match[0]) if recogniser.kind == "iban" else match[0]
            if _holds(recogniser, text, match.start(), found):
                end = match.start() + len(found)
                taken.append(Finding(recogniser.kind, match.start(), end, _mask(found)))
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


def _holds(recogniser: _Recogniser, text: str, start: int, number: str) -> bool:
    before = text[max(0, start - _CONTEXT) : start]
    if recogniser.context is not None and not recogniser.context.search(before):
        return False
    if recogniser.contrary is not None and recogniser.contrary.search(before):
        return False
    if recogniser.kind not in ("email", "phone"):
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
