import numpy as np
import pytest

from streamer.face.mouth import COLUMN, COLUMNS, LEAD, RATE, TAIL, curves
from streamer.face.sounds import PHONES, SILENCE, VOWELS, Sound

PARTING = ("MouthFunnel", "MouthLowerDownLeft", "MouthUpperUpLeft")


def said(*phones: str, seconds: float = 0.09, stress: float = 1.0) -> list[Sound]:
    return [Sound(p, i * seconds, (i + 1) * seconds, stress if p in VOWELS else 0.0) for i, p in enumerate(phones)]


def at(sounds: list[Sound], number: int, column: str) -> float:
    middle = (sounds[number].begin + sounds[number].end) / 2
    return float(curves(sounds)[round((LEAD + middle) * RATE), COLUMN[column]])


def test_the_mouth_is_at_rest_before_and_after_and_ready_in_time() -> None:
    sounds = said("AA", "T", "AA")
    values = curves(sounds)
    assert values.shape == (round((LEAD + 0.27 + TAIL) * RATE) + 1, len(COLUMNS)) and values.dtype == np.float32
    assert not values[0].any() and not values[-1].any()
    assert values[round(LEAD * RATE), COLUMN["JawOpen"]] > 0.05  # it opens before the sound comes
    assert at(sounds, 2, "JawOpen") > 0.3  # the last vowel is not cut


@pytest.mark.parametrize("phone", ["P", "B", "M"])
def test_lips_close_for_p_b_and_m_between_any_vowels(phone: str) -> None:
    for before in sorted(VOWELS):
        for length in (0.04, 0.07, 0.12):
            sounds = said(before, phone, "AA", seconds=length)
            assert at(sounds, 1, "closure") > 0.9
            assert at(sounds, 0, "closure") < 0.5 or length < 0.07


def test_the_lower_lip_goes_under_the_teeth_for_f_and_v_and_nothing_else() -> None:
    for phone in sorted(PHONES):
        tucked = at(said("AH", phone, "AH"), 1, "MouthRollLower")
        assert (tucked > 0.3) == (phone in ("F", "V")), phone


def test_lips_round_ahead_of_w_and_uw() -> None:
    for phone in ("W", "UW"):
        sounds = said("AA", "T", phone, "T", "AA")
        assert at(sounds, 2, "MouthPucker") > 0.35
        assert at(sounds, 1, "MouthPucker") > at(sounds, 3, "MouthPucker")  # ahead more than behind


def test_the_tongue_shows_for_th_and_l_only() -> None:
    shown = {p for p in PHONES if at(said("AH", p, "AH"), 1, "TongueOut") > 0.05}
    assert shown == {"TH", "DH", "L"}


def test_the_jaw_follows_the_vowels_and_stress_opens_it() -> None:
    wide, narrow = (at(said("T", vowel, "T"), 1, "JawOpen") for vowel in ("AA", "IY"))
    assert wide > 1.8 * narrow
    assert at(said("T", "AA", "T", stress=1.0), 1, "JawOpen") > 1.2 * at(said("T", "AA", "T", stress=0.0), 1, "JawOpen")


def test_neighbours_bend_a_sound() -> None:
    plain, rounded = (at(said(v, "S", v), 1, "MouthFunnel") for v in ("IY", "UW"))
    assert rounded > plain + 0.05


def test_a_long_text_has_no_seams() -> None:
    sounds = said(*["B", "AA", "T", "UW"] * 60, seconds=0.08)
    values = curves(sounds)
    steps = np.abs(np.diff(values[:, COLUMN["JawOpen"]]))
    seams = steps[127::128]
    assert seams.max() <= np.percentile(steps, 99)
    once, twice = (values[round((LEAD + k * 0.32) * RATE) : round((LEAD + k * 0.32) * RATE) + 19] for k in (20, 45))
    assert np.abs(once - twice).max() < 0.05  # the same syllables look the same wherever they stand


def test_silence_is_a_mouth_at_rest_and_no_sounds_are_no_speech() -> None:
    quiet = curves([Sound("AA", 0, 0.1, 1.0), Sound(SILENCE, 0.1, 1.1), Sound("AA", 1.1, 1.2, 1.0)])
    assert quiet[round((LEAD + 0.6) * RATE)].max() < 0.01
    assert not curves([]).any()
    assert np.isfinite(curves([Sound("AA", 0.0, 0.0), Sound("B", 0.0, 1e-9), Sound("M", 0.0, 30.0)])).all()


def test_every_value_is_a_weight() -> None:
    values = curves(said(*sorted(PHONES), seconds=0.05, stress=1.3))
    assert values.min() >= 0.0 and values.max() <= 1.0
