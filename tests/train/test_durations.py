import numpy as np
import pytest

from streamer.face.timing import SIZES, Spoken, describe, lay_out, predict
from train.durations import clauses, fit, judge, normalise, spell


def phones(ipa: str) -> list[str]:
    return [cut.phone for cut in spell(ipa)]


def test_ipa_becomes_arpabet_with_stress() -> None:
    assert phones("həlˈoʊ") == ["HH", "AH0", "L", "OW1"]
    assert phones("fˈɜːðɚ") == ["F", "ER1", "DH", "ER0"]
    assert phones("tʃˈɛɹɪdʒ") == ["CH", "EH1", "R", "IH0", "JH"]


def test_every_symbol_belongs_to_one_phone() -> None:
    cuts = spell("wˌɔːɾɚ")
    assert [cut.begin for cut in cuts] == [0, *(cut.end for cut in cuts[:-1])]
    assert cuts[-1].end == len("wˌɔːɾɚ")


def test_a_foreign_sound_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a sound of English"):
        spell("ʀ")


def test_a_sentence_is_cut_at_its_punctuation() -> None:
    assert clauses("Wait... what, me?!") == [("Wait", "…"), ("what", ","), ("me", "?")]
    assert clauses("No mark") == [("No mark", ".")]
    assert clauses("...!") == []


def test_regression_finds_what_made_the_durations() -> None:
    chance = np.random.default_rng(0)
    words = [Spoken(("B", f"{v}{d}", "T"), 0.2 * (k % 2)) for k, v in enumerate(("AA", "IY", "UH")) for d in "01"]
    places = np.concatenate([describe(lay_out([words[i] for i in chance.permutation(6)])) for _ in range(60)])
    truth = chance.normal(0, 0.1, sum(SIZES)).astype(np.float32)
    wanted = predict(truth, -2.5, places).astype(np.float64)
    table, bias = fit(places, wanted)
    assert judge(wanted, predict(table, bias, places).astype(np.float64))["r2"] > 0.95


def test_a_perfect_guess_has_no_error() -> None:
    wanted = np.log(np.array([0.1, 0.2]))
    assert judge(wanted, wanted) == {"r2": 1.0, "median_ms": 0.0, "mean_ms": 0.0}


def test_the_rate_is_normalised_to_everyday_english() -> None:
    from train.durations import WANTED_RATE, Taught, rate

    taught = Taught([Spoken(("AA1", "T")), Spoken(("AA1", "T"))], [], [(",", 0.2)])
    seconds = np.full(4, 0.1)
    scale = normalise([taught], [seconds], {",": 0.2})
    assert rate(taught, seconds, scale, {",": 0.2}) == pytest.approx(WANTED_RATE, rel=0.01)
