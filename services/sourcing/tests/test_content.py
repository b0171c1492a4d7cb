"""What counts as the same content."""

import hashlib
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sourcing.domain.content import canonical, hash_checksum, hash_text


def test_hash_is_sha256_of_canonical_text() -> None:
    assert hash_text("  How do\n I return \t this? ") == (
        hashlib.sha256(b"How do I return this?").hexdigest()
    )


def test_composed_and_decomposed_letters_are_the_same_content() -> None:
    assert hash_text("devolución") == hash_text(unicodedata.normalize("NFD", "devolución"))


def test_case_and_punctuation_make_a_difference() -> None:
    assert len({hash_text("IT"), hash_text("it"), hash_text("it?")}) == 3


@given(st.text())
def test_canonical_text_is_canonical(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1), min_size=1))
def test_whitespace_between_words_makes_no_difference(words: list[str]) -> None:
    assert canonical(" ".join(words)) == canonical("\u2003\n".join(words) + "\t")


def test_checksum_is_taken_in_one_form_only() -> None:
    digits = "ab" * 32
    assert hash_checksum(f"sha256:{digits.upper()}") == digits
    for other in (digits, f"sha512:{digits}", f"sha256:{digits}0", f"sha256:{'xy' * 32}", ""):
        assert hash_checksum(other) is None
