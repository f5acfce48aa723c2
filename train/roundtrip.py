"""python -m train.roundtrip: faces into the describer's words and back, over the whole corpus."""

import sys

import numpy as np

from protocols.arkit import CHANNELS, Floats
from streamer.brain import directions
from streamer.brain.units import TO_VALUES
from streamer.face import acts
from streamer.face.describe import describe
from train.data import load

ACTIVE = 0.12
REGIONS = {
    "brows": ("Brow",), "lids": ("EyeBlink", "EyeSquint", "EyeWide"), "gaze": ("EyeLook",),
    "cheeks and nose": ("Cheek", "Nose"), "jaw and tongue": ("Jaw", "Tongue"), "mouth": ("Mouth",), "head": ("Head",),
}  # fmt: skip


def main() -> int:
    units = np.array([face.units for sheet in load() for face in sheet.faces])
    given = np.clip(units @ TO_VALUES, -1.0, 1.0).astype(np.float32)
    back = np.array([acts.to_values(directions.read(describe(face))) for face in given])
    print(f"{f'{len(given)} faces':28} correlation   mean error    found  invented")
    for name, prefixes in {"all": ("",), **REGIONS}.items():
        columns = [i for i, channel in enumerate(CHANNELS) if channel.startswith(prefixes)]
        print(f"{name:28} {row(given[:, columns], back[:, columns])}")
    return 0


def row(given: Floats, back: Floats) -> str:
    """Correlation, mean error of what is active, and the shares of active channels found and of found ones invented."""
    is_given, is_found = np.abs(given) > ACTIVE, np.abs(back) > ACTIVE
    error = float(np.abs(given - back)[is_given].mean())
    found = float(is_found[is_given].mean())
    invented = float((~is_given)[is_found].mean())
    return f"{correlation(given, back):11.3f} {error:12.3f} {100 * found:7.1f}% {100 * invented:8.1f}%"


def correlation(a: Floats, b: Floats) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


if __name__ == "__main__":
    sys.exit(main())
