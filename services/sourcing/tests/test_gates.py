"""Every gate, alone and together."""

import pytest

from sourcing.domain.gates import MAXIMUM_CHARACTERS, inspect_content


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * (MAXIMUM_CHARACTERS + 1)])
def test_text_out_of_bounds_is_held_by_size(text: str) -> None:
    (flaw,) = inspect_content(text, None).flaws
    assert (flaw.gate, flaw.evidence["characters"]) == ("size", str(len(text)))


@pytest.mark.parametrize(("text", "found"), [("caf\ufffd", "U+FFFD"), ("a\x08b", "U+0008")])
def test_damaged_text_is_held_by_encoding(text: str, found: str) -> None:
    (flaw,) = inspect_content(text, None).flaws
    assert (flaw.gate, flaw.evidence["character"]) == ("encoding", found)


def test_any_script_with_line_breaks_passes() -> None:
    assert inspect_content("¿Qué?\r\n\t返品 \u200d👩‍🚀 עברית", None).flaws == ()


def test_uri_without_sha256_checksum_is_held() -> None:
    (flaw,) = inspect_content(None, "md5:abc").flaws
    assert (flaw.gate, flaw.evidence) == ("encoding", {"checksum": "md5:abc"})
