"""Telephone numbers: written with a plus, or as a country dials them where the words allow it.

What digits mean is said by the word nearest before them; without one they have to be grouped as
numbers are that one dials. How long a country's numbers are, and which are in use, libphonenumber
knows (`phonenumbers`, the port that follows each of its releases).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    is_possible_number,
    is_valid_number,
    parse,
)

_CONTEXT = 40
"""Characters before a number in which a word may say what it is."""

_INTERNATIONAL = re.compile(
    r"(?<![\w+])(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0\)[ ]?)?(?:\(?\d{1,5}\)?[ ./-]?){2,6}\d\b"
)
_LOCAL = re.compile(
    r"(?<![\w.,/#-])(?:1[ .-]?)?(?:\(\d{2,5}\)|\d{2,5})(?:(?: / |[ ./-])?\d{2,5}){1,5}(?:-\d)?"
    r"(?![\w/-]|[.,]\d|[ ]\d{2}|[ ]?(?:[kMGT]B|mAh|rpm|EUR|USD|euros?|[ckm]?m|k?g)\b|[ ]?[€$%])"
)
_SEPARATORS = re.compile(r"[ ./()-]")
_THOUSANDS = re.compile(r"\d{1,3}([.,]\d{3})+")
_DATE = re.compile(
    r"(?:19|20)\d\d[./-]\d\d?[./-]\d\d?(?!\d)|\d\d?[./-]\d\d?[./-](?:19|20)\d\d(?!\d)"
)
_NATIONAL = re.compile(r"0[1-9]\d{7,10}|[6-9]\d{8}")
"""With a trunk prefix (most of Europe), or the nine digits of Spain."""

_NORTH_AMERICAN = re.compile(r"(?:1[ .-])?\(?[2-9]\d\d(?:[ .-]|\) ?)[2-9]\d\d[ .-]\d{4}")

_TRUNK = re.compile(r"\(?0[1-9]\d{0,3}\)?[ ./-]")
_SPANISH = re.compile(r"[6-9]\d\d(?: \d{3}){2}|[6-9]\d(?:\d \d\d| \d{3})(?: \d\d){2}")
_SIX_PAIRS = re.compile(r"\d\d(?: \d\d){5}")
_ROUND = re.compile(r"000$")

_WORDS = re.compile(
    r"""(?P<phone>\b(?:phone|tel(?:\.?-?nr)?|telephone|landline|fax|whatsapp|telefon(?:nummer)?
        |(?:handy|mobil)(?:nummer)?|rufnummer|durchwahl|festnetz|rufen?|anruf|tel[eé]fonos?|tfno
        |m[oó]vil|celular|ll[aá]mame|ll[aá]menos|t[eé]l|t[eé]l[eé]phone)\b)
    # These have other senses too: they tell where the number has the form of a country's.
    |(?P<reach>\b(?:mobile|cell|call|dial|ring|rang|text|sms|ph|r[uü]ckruf|erreich\w*|r?appel\w*|portable
        |fijo|fixe|ll[aá]m\w*|(?:my|his|her|our|their|contact|new)\ (?:number|no)|meine\ nummer
        |mi\ n[uú]mero|mon\ num[eé]ro)\b|\b[MTF]:?\ (?=[\d(]|$))
    |(?P<other>\b(?:order|invoice|serial|ticket|track\w*|case|account|customer|article|part|item
        |model|isbn|issn|ean|gtin|sku|id|lot|batch|\w+nummer|nr|art|pedido|factura|serie|commande
        |facture|dossier|code|booking|r[eé]f[eé]rence|referenz|konto|aktenzeichen|version|firmware
        |binder|bestellung|rechnung|rekening|lote)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
"""What a number is: the last of these before it decides."""


def find_telephones(text: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand."""
    for match in _INTERNATIONAL.finditer(text):
        if _is_possible(match[0]):
            yield match.span()
    for match in _LOCAL.finditer(text):
        number = match[0]
        if not _may_be_dialled(number):
            continue
        word = _nearest_word(text[max(0, match.start() - _CONTEXT) : match.start()])
        if (
            word == "phone"
            or (word == "reach" and _is_national(number))
            or (word is None and (_is_grouped(number) or _is_spanish(number)))
        ):
            yield match.span()


def _read(number: str, region: str | None) -> PhoneNumber | None:
    try:
        return parse(number, region)
    except NumberParseException:
        return None


def _is_possible(number: str) -> bool:
    """Of a length that its country has; whether it is in use, films' numbers are not."""
    read = _read(re.sub("^00", "+", number), None)
    return read is not None and is_possible_number(read)


def _is_in_use(number: str, region: str) -> bool:
    read = _read(number, region)
    return read is not None and is_valid_number(read)


def _may_be_dialled(number: str) -> bool:
    digits = sum(sign.isdigit() for sign in number)
    return 8 <= digits <= 15 and not _THOUSANDS.fullmatch(number) and not _DATE.match(number)


def _is_national(number: str) -> bool:
    """Of the form that a country dials, however it is grouped."""
    digits = _SEPARATORS.sub("", number)
    return bool(
        _NORTH_AMERICAN.fullmatch(number) or _NATIONAL.fullmatch(digits) or _is_in_use(number, "US")
    )


def _is_grouped(number: str) -> bool:
    """Ten to twelve digits with a trunk prefix, or three, three and four: grouped to be dialled."""
    digits = sum(sign.isdigit() for sign in number)
    return bool(
        _NORTH_AMERICAN.fullmatch(number)
        or (_TRUNK.match(number) and 10 <= digits <= 12 and not _SIX_PAIRS.fullmatch(number))
    )


def _is_spanish(number: str) -> bool:
    """Nine digits without a prefix, which much else has too: in use, in groups, and not round."""
    return (
        _SPANISH.fullmatch(number) is not None
        and not _ROUND.search(number)
        and _is_in_use(number, "ES")
    )


def _nearest_word(before: str) -> str | None:
    word = None
    for match in _WORDS.finditer(before):
        word = match.lastgroup
    return word
