"""What a voice says and when: the phones of speech in time, whoever timed them."""

from dataclasses import dataclass
from typing import Final

VOWELS: Final = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())
CONSONANTS: Final = frozenset("B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split())
PHONES: Final = VOWELS | CONSONANTS
SILENCE: Final = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """One phone, or silence; seconds from the start of the voice."""

    phone: str  # ARPAbet without the digit of its stress
    begin: float
    end: float
    stress: float = 0.0  # of a vowel: 1 main, 0.5 second, 0 none; more where a word is shouted
