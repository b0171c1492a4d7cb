"""Near duplicates through the running service, whose index is in Postgres."""

from random import Random

from aidataops.events.sourcing import ItemAccepted, ItemQuarantined
from sourcing.domain.resemblance import escape_probability, jaccard, shingles_of

from .conftest import Sourcing, item, source, words


async def test_near_duplicate_names_what_it_resembles_and_how_much(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, source()), sourcing.at(1, item("a", words(0))))
    (held,) = await sourcing.deliver(sourcing.at(2, item("b", words(3))))
    assert isinstance(held, ItemQuarantined)
    exact = jaccard(shingles_of(words(0)), shingles_of(words(3)))
    assert (held.gate, held.evidence) == (
        "near_duplicate",
        {"duplicate_of": "a", "jaccard": f"{exact:.4f}", "threshold": "0.719"},
    )


async def test_same_text_in_another_project_is_no_near_duplicate(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(0, source("theirs", project="other")),
        sourcing.at(1, item("a", words(0))),
        sourcing.at(2, item("b", words(3), project="other", source_id="theirs")),
    )
    assert await sourcing.statuses() == {"a": "accepted", "b": "accepted"}


async def test_late_item_takes_the_place_of_what_resembles_it(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(5, item("b", words(5))),
        sourcing.at(6, item("c", words(10))),
    )
    assert await sourcing.statuses() == {"b": "accepted", "c": "near_duplicate"}
    emitted = await sourcing.deliver(sourcing.at(4, item("a", words(0))))
    told = {one.item_id: type(one) for one in emitted if hasattr(one, "item_id")}
    assert told == {"a": ItemAccepted, "b": ItemQuarantined, "c": ItemAccepted}


async def test_flood_of_near_copies_lets_one_in(sourcing: Sourcing) -> None:
    flood = [item(f"n{number:03d}", f"{words(0, 200)} x{number}") for number in range(300)]
    await sourcing.deliver(sourcing.at(0, source()), *(sourcing.at(1, one) for one in flood[:200]))
    for start in range(200, 300, 50):
        await sourcing.deliver(*(sourcing.at(2, one) for one in flood[start : start + 50]))
    statuses = await sourcing.statuses()
    assert [name for name, status in statuses.items() if status == "accepted"] == ["n000"]


async def test_planted_near_duplicates_escape_as_rarely_as_the_formula_says(
    sourcing: Sourcing,
) -> None:
    """Originals and edited copies among unrelated texts; nothing below the threshold is held."""
    random = Random(20261124)
    vocabulary = [f"v{number}" for number in range(5000)]
    originals = [random.choices(vocabulary, k=120) for _ in range(300)]
    copies = []
    for words_of_one in originals:
        copy = list(words_of_one)
        for place in random.sample(range(120), k=random.randint(1, 4)):
            copy[place] = "changed"
        copies.append(copy)
    await sourcing.deliver(
        sourcing.at(0, source()),
        *(sourcing.at(1, item(f"o{n}", " ".join(one))) for n, one in enumerate(originals)),
    )
    await sourcing.deliver(
        *(sourcing.at(2, item(f"c{n}", " ".join(one))) for n, one in enumerate(copies))
    )
    statuses = await sourcing.statuses()
    similarities = [
        jaccard(shingles_of(" ".join(one)), shingles_of(" ".join(other)))
        for one, other in zip(originals, copies, strict=True)
    ]
    above = [n for n, similarity in enumerate(similarities) if similarity >= 0.719]
    expected = sum(escape_probability(similarities[n]) for n in above)
    escaped = sum(statuses[f"c{n}"] == "accepted" for n in above)
    assert len(above) > 100
    assert escaped <= expected + 3 * expected**0.5 + 1
    below = [n for n, similarity in enumerate(similarities) if similarity < 0.719]
    assert {statuses[f"c{n}"] for n in below} == {"accepted"}
