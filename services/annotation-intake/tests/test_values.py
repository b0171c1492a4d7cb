"""Values of every kind of label: written in one way, or refused with what would be valid."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidataops.events.annotation import LabelSchema
from annotation_intake.domain.values import InvalidValueError, canonical_value

ABC = ("a", "b", "c")


def schema(kind: str, **more: Any) -> LabelSchema:
    categories = () if kind == "text" else ABC
    return LabelSchema(**{"kind": kind, "categories": categories} | more)


@pytest.mark.parametrize(
    ("kind", "value", "canonical"),
    [
        ("categorical", "b", "b"),
        ("ordinal", "c", "c"),
        ("pairwise", "a", "a"),
        ("pairwise", "tie", "tie"),
        ("text", " kept as it is ", " kept as it is "),
        ("multi_label", "[]", "[]"),
        ("multi_label", '["c", "a", "c"]', '["a","c"]'),
        ("ranking", '[ "c", "a", "b" ]', '["c","a","b"]'),
        ("spans", "[]", "[]"),
        (
            "spans",
            '[{"label": "b", "end": 9, "start": 4, "text": "x"}, {"start":4,"end":9,"label":"a"},'
            ' {"start":0,"end":5,"label":"c"}, {"start":0,"end":5,"label":"c"}]',
            '[{"start":0,"end":5,"label":"c"},{"start":4,"end":9,"label":"a"},'
            '{"start":4,"end":9,"label":"b"}]',
        ),
    ],
)
def test_valid_value_has_one_form(kind: str, value: str, canonical: str) -> None:
    assert canonical_value(schema(kind), value, characters=9) == canonical
    assert canonical_value(schema(kind), canonical, characters=9) == canonical


@pytest.mark.parametrize(
    ("kind", "value", "field", "valid"),
    [
        ("categorical", "z", "value", "a, b, c"),
        ("ordinal", "B", "value", "a, b, c"),
        ("pairwise", "z", "value", "a, b, c, tie"),
        ("text", " \n", "value", "a text that is not blank"),
        ("multi_label", "a", "value", "a JSON array of any of a, b, c"),
        ("multi_label", '{"a": 1}', "value", "a JSON array of any of a, b, c"),
        ("multi_label", '["a", "z"]', "value[1]", "a, b, c"),
        ("multi_label", '["a", ["b"]]', "value[1]", "a, b, c"),
        ("multi_label", "[" * 100_000, "value", "a JSON array of any of a, b, c"),
        ("multi_label", "[" + "9" * 5000 + "]", "value", "a JSON array of any of a, b, c"),
        ("ranking", '["a", "b"]', "value", "a, b, c, each once"),
        ("ranking", '["a", "b", "a"]', "value[2]", "a, b, c, each once"),
        ("spans", '[{"start": 0, "end": 5}]', "value[0].label", "a, b, c"),
        ("spans", '[{"start": true, "end": 5, "label": "a"}]', "value[0].start", "from 0"),
        ("spans", '[{"start": 1.5, "end": 5, "label": "a"}]', "value[0].start", "from 0"),
        ("spans", '[{"start": 5, "end": 5, "label": "a"}]', "value[0].end", "above 5"),
        ("spans", '[{"start": 5, "end": 10, "label": "a"}]', "value[0].end", "up to 9"),
        ("spans", '["a"]', "value[0]", "a JSON array of"),
    ],
)
def test_wrong_value_is_refused_by_field(kind: str, value: str, field: str, valid: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        canonical_value(schema(kind), value, characters=9)
    assert refused.value.field == field
    assert valid in refused.value.valid
    assert len(refused.value.value) <= 200


def test_tie_can_be_forbidden() -> None:
    with pytest.raises(InvalidValueError) as refused:
        canonical_value(schema("pairwise", allow_tie=False), "tie")
    assert refused.value.valid == "a, b, c"
    assert "no tie" in refused.value.reason


def test_text_has_a_length() -> None:
    short = schema("text", maximum_characters=3)
    assert canonical_value(short, "één") == "één"
    with pytest.raises(InvalidValueError, match="4 characters"):
        canonical_value(short, "four")


def test_kind_that_nobody_knows_is_said() -> None:
    with pytest.raises(InvalidValueError) as refused:
        canonical_value(schema("bounding_box"), "a")
    assert refused.value.field == "label_schema.kind"
    assert "spans" in refused.value.valid


@given(st.lists(st.sampled_from(ABC)), st.randoms(use_true_random=False))
def test_order_and_repetition_in_a_set_do_not_matter(names: list[str], random: Any) -> None:
    shuffled = names + names[:1]
    random.shuffle(shuffled)
    of_both = [canonical_value(schema("multi_label"), json.dumps(one)) for one in (names, shuffled)]
    assert of_both[0] == of_both[1]
    assert json.loads(of_both[0]) == sorted(set(names))
