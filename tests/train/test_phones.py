import pytest

from streamer.face.phones import LETTERS
from train.phones import Entry, align, distance, first_costs, learn_costs, letter_stress, spoken

WORDS = [
    ("cat", ("K", "AE", "T")),
    ("city", ("S", "IH", "T", "IY")),
    ("box", ("B", "AA", "K", "S")),
    ("ship", ("SH", "IH", "P")),
    ("shoe", ("SH", "UW")),
    ("hat", ("HH", "AE", "T")),
    ("sip", ("S", "IH", "P")),
    ("tip", ("T", "IH", "P")),
] * 3


def test_letters_are_aligned_with_what_they_say() -> None:
    costs = learn_costs(WORDS)
    assert align("box", ("B", "AA", "K", "S"), costs) == [("B",), ("AA",), ("K", "S")]
    assert align("cat", ("K", "AE", "T"), costs) == [("K",), ("AE",), ("T",)]


def test_an_alignment_says_all_phones_in_order() -> None:
    costs = first_costs(WORDS)
    for word, phones in WORDS:
        said = align(word, phones, costs)
        assert len(said) == len(word)
        assert tuple(phone for chunk in said for phone in chunk) == phones


def test_letters_too_few_for_the_phones_are_not_aligned() -> None:
    assert align("w", ("D", "AH", "B"), {}) == []


def test_stress_goes_to_the_letters_that_say_vowels() -> None:
    entry = Entry("city", [("S", "IH", "T", "IY")], (1, 0), [("S",), ("IH",), ("T",), ("IY",)])
    assert letter_stress(entry) == [-100, 1, -100, 0]


def test_little_words_are_weak_and_others_keep_their_stress() -> None:
    assert spoken(Entry("the", [("DH", "AH")], (1,))) == ("DH", "AH0")
    assert spoken(Entry("city", [("S", "IH", "T", "IY")], (1, 0))) == ("S", "IH1", "T", "IY0")


@pytest.mark.parametrize(("a", "b", "away"), [("", "", 0), ("K AE T", "K AE T", 0), ("K AE T", "K T", 1),
                                              ("K AE T", "HH AH T S", 3)])  # fmt: skip
def test_distance_counts_changed_added_and_missing_phones(a: str, b: str, away: int) -> None:
    assert distance(a.split(), b.split()) == distance(b.split(), a.split()) == away


def test_every_letter_can_be_silent_at_first() -> None:
    costs = first_costs(WORDS)
    assert all((letter, ()) in costs for letter in LETTERS)
