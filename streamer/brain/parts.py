"""A long speech in parts: the corpus knows lines of up to 40 words, so a longer one is played as several."""

import re
from typing import Final

from streamer.cues import MAX_KEYFRAMES

WORDS: Final = 45  # a line up to this stays whole
MOST: Final = MAX_KEYFRAMES // 2  # parts; each may have two keyframes
_PIECE: Final = re.compile(r"\S.*?(?:[.!?…;:]+[\"')\]]*(?=\s)|$)", re.DOTALL)


def parts(line: str) -> list[str]:
    """The line, or its at most MOST parts of about the same length, cut between sentences where it has any."""
    words = len(line.split())
    if words <= WORDS:
        return [line]
    wanted = min(MOST, -(-words // WORDS))
    cut: list[list[str]] = [[]]
    done = 0
    for piece in _pieces(line, words // wanted):
        if done >= len(cut) * words / wanted - 1e-9 and len(cut) < wanted:
            cut.append([])
        cut[-1].append(piece)
        done += len(piece.split())
    return [" ".join(pieces) for pieces in cut if pieces]


def _pieces(line: str, longest: int) -> list[str]:
    """Sentences; one that is longer than a part is cut between words."""
    pieces = []
    for sentence in _PIECE.findall(line):
        words = sentence.split()
        pieces += [" ".join(words[i : i + longest]) for i in range(0, len(words), longest)]
    return pieces
