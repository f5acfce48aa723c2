import numpy as np
import pytest

from protocols.arkit import INDEX, face
from protocols.profiles import Profile
from streamer.face.rig import Rig

SMILE = face({"MouthSmileLeft": 0.5, "MouthSmileRight": 0.5, "LeftEyeYaw": 0.5, "RightEyeYaw": 0.5, "HeadYaw": 0.2})


def shown(profile: Profile, values: np.ndarray = SMILE) -> dict[str, float]:
    rig = Rig()
    rig.fit(1, profile)
    matrix = np.stack([values, values])
    rig.apply(matrix, 1.0)
    assert (matrix[0] == values).all()  # who has no profile passes untouched
    return {name: float(matrix[1, i]) for name, i in INDEX.items()}


def test_gain_offset_and_limit_fit_a_face_to_its_rig() -> None:
    fitted = shown(
        Profile(gain={"MouthSmile": 1.5}, offset={"JawOpen": 0.1}, limit={"MouthSmileLeft": 0.6, "LeftEyeYaw": 0.3})
    )
    assert fitted["MouthSmileLeft"] == pytest.approx(0.6) and fitted["MouthSmileRight"] == pytest.approx(0.75)
    assert fitted["JawOpen"] == pytest.approx(0.1)
    assert fitted["LeftEyeYaw"] == pytest.approx(0.3) and fitted["RightEyeYaw"] == pytest.approx(0.5)
    assert shown(Profile(gain={"MouthSmile": -1.0}))["MouthSmileLeft"] == 0.0


def test_asymmetry_weakens_one_side() -> None:
    fitted = shown(Profile(asymmetry=0.4))
    assert fitted["MouthSmileLeft"] == pytest.approx(0.5) and fitted["MouthSmileRight"] == pytest.approx(0.3)


def test_a_mirrored_rig_has_left_and_right_exchanged() -> None:
    crooked = face({"MouthSmileLeft": 0.7, "JawLeft": 0.2, "HeadYaw": 0.3, "HeadRoll": 0.1, "HeadPitch": 0.1,
                    "LeftEyeYaw": 0.2, "RightEyeYaw": 0.1})  # fmt: skip
    fitted = shown(Profile(mirror=True), crooked)
    assert fitted["MouthSmileRight"] == pytest.approx(0.7) and fitted["MouthSmileLeft"] == 0.0
    assert fitted["JawRight"] == pytest.approx(0.2) and fitted["HeadPitch"] == pytest.approx(0.1)
    assert fitted["HeadYaw"] == pytest.approx(-0.3) and fitted["HeadRoll"] == pytest.approx(-0.1)
    assert fitted["LeftEyeYaw"] == pytest.approx(-0.1) and fitted["RightEyeYaw"] == pytest.approx(-0.2)


def test_a_speed_limit_is_kept_and_the_goal_reached() -> None:
    rig = Rig()
    rig.fit(0, Profile(speed={"MouthSmileLeft": 2.0}))
    seen = []
    for n in range(60):
        values = (SMILE * (n > 5))[None].astype(np.float32)
        rig.apply(values, n / 60)
        seen.append(values[0, [INDEX["MouthSmileLeft"], INDEX["MouthSmileRight"]]])
    left, right = np.array(seen).T
    assert np.diff(left).max() == pytest.approx(2.0 / 60, abs=1e-6) and left[-1] == pytest.approx(0.5)
    assert np.diff(right).max() == pytest.approx(0.5)
