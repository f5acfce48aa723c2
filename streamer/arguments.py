"""What flags of several commands are read with; each raises ArgumentTypeError, which argparse tells the user."""

import argparse
import math

from streamer import config


def above_zero(text: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a number above 0")
    return value


def address(text: str) -> config.Address:
    """HOST:PORT."""
    try:
        return config.parse_address(text)
    except config.ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
