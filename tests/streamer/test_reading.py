import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.face import numerals
from streamer.face.phones import phones
from streamer.face.reading import LONGEST, MOST_WORDS, PAUSES, Word, read


def said(text: str) -> str:
    return " ".join(word.text for word in read(text))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (99, "ninety nine"),
        (100, "one hundred"),
        (101, "one hundred one"),
        (1000, "one thousand"),
        (12_345, "twelve thousand three hundred forty five"),
        (1_000_000, "one million"),
        (10**15 - 1, "nine hundred ninety nine trillion nine hundred ninety nine billion nine hundred ninety nine "
                     "million nine hundred ninety nine thousand nine hundred ninety nine"),
    ],
)  # fmt: skip
def test_cardinals(number: int, words: str) -> None:
    assert " ".join(numerals.cardinal(number)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7", "seven"),
        ("I have 3 cats", "I have three cats"),
        ("1,234,567", "one million two hundred thirty four thousand five hundred sixty seven"),
        ("3.14", "three point one four"),
        (".5", "zero point five"),
        ("-5", "minus five"),
        ("it is -3.5 outside", "it is minus three point five outside"),
        ("007", "zero zero seven"),
        ("12345678901234567890", "one two three four five six seven eight nine zero "
                                 "one two three four five six seven eight nine zero"),
        ("1st 2nd 3rd 4th 12th 20th 21st", "first second third fourth twelfth twentieth twenty first"),
        ("the 1,000th time", "the one thousandth time"),
        ("in 1984", "in nineteen eighty four"),
        ("in 1905", "in nineteen oh five"),
        ("in 2007", "in two thousand seven"),
        ("in 2025.", "in twenty twenty five"),
        ("in 1900", "in nineteen hundred"),
        ("in the 1980s", "in the nineteen eighties"),
        ("the 90s", "the nineties"),
        ("1/2", "one half"),
        ("2/3 of it", "two thirds of it"),
        ("3/4", "three quarters"),
        ("1 1/2 hours", "one and a half hours"),
        ("½ a pie", "one half a pie"),
        ("24/7", "twenty four seven"),
        ("8/10", "eight out of ten"),
        ("50/50", "fifty fifty"),
        ("aged 70-75, paid", "aged seventy to seventy five paid"),
        ("5-10 people", "five to ten people"),
        ("1914–1918", "nineteen fourteen to nineteen eighteen"),
        ("version 1.2.3", "version one point two point three"),
        ("#1", "number one"),
        ("call 555-1234", "call five five five one two three four"),
        ("10,20", "ten twenty"),
        ("٣", "three"),
    ],
)  # fmt: skip
def test_numbers(text: str, words: str) -> None:
    assert said(text).lower() == words.lower()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$3.50", "three dollars and fifty cents"),
        ("$1", "one dollar"),
        ("$1.01", "one dollar and one cent"),
        ("$0.99", "ninety nine cents"),
        ("£20", "twenty pounds"),
        ("£2.01", "two pounds and one penny"),
        ("€5", "five euros"),
        ("5€", "five euros"),
        ("5,50 €", "five euros and fifty cents"),
        ("¥100", "one hundred yen"),
        ("-$5", "minus five dollars"),
        ("$1,200", "one thousand two hundred dollars"),
        ("$3.5 million", "three point five million dollars"),
        ("$5k", "five thousand dollars"),
        ("$.50", "fifty cents"),
        ("$5, please", "five dollars please"),
    ],
)
def test_money(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3 May", "the third of may"),
        ("the 3rd of May", "the third of may"),
        ("May 3rd", "may third"),
        ("May 3rd, 2026", "may third twenty twenty six"),
        ("21 November 1984", "the twenty first of november nineteen eighty four"),
        ("Nov. 21", "november twenty first"),
        ("2026-11-21", "november twenty first twenty twenty six"),
        ("2026-99-21", "two zero two six nine nine two one"),
        ("21/11/2026", "twenty one eleven twenty twenty six"),
        ("May I?", "may i"),
        ("10:30", "ten thirty"),
        ("9:05", "nine oh five"),
        ("7:00", "seven o'clock"),
        ("10:30 pm", "ten thirty pee em"),
        ("5 pm", "five pee em"),
        ("5pm", "five pee em"),
        ("5 p.m. today", "five pee em today"),
        ("at 11 a.m.", "at eleven ay em"),
    ],
)
def test_dates_and_times(text: str, words: str) -> None:
    assert said(text).lower() == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("50%", "fifty percent"),
        ("1 km", "one kilometer"),
        ("5km", "five kilometers"),
        ("80 kg", "eighty kilograms"),
        ("60 mph", "sixty miles per hour"),
        ("6ft", "six feet"),
        ("20°C", "twenty degrees celsius"),
        ("90°", "ninety degrees"),
        ("10x", "ten times"),
        ("5 in a row", "five in a row"),
        ("2 m² ", "two m squared"),
        ("1500 kg", "one thousand five hundred kilograms"),
    ],
)
def test_units(text: str, words: str) -> None:
    assert said(text).replace("em squared", "m squared") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mr. Smith", "mister smith"),
        ("Mrs Jones", "missus jones"),
        ("Dr. Who vs. Mr. T", "doctor who versus mister tee"),
        ("St. Peter on Elm St.", "saint peter on elm street"),
        ("cats, e.g. Tom", "cats for example tom"),
        ("i.e. never", "that is never"),
        ("etc.", "et cetera"),
        ("No. 5", "number five"),
        ("on Baker St. He", "on baker street he"),
        ("the 2nd Lt. of", "the second lieutenant of"),
        ("No. Never.", "no never"),
        ("don't", "don't"),
        ("I’m sure they'd’ve", "i'm sure they'd've"),
        ("rock'n'roll", "rock'n'roll"),
        ("tell 'em", "tell 'em"),
        ("'quoted' words", "quoted words"),
        ("well-known", "well known"),
        ("snake_case", "snake case"),
    ],
)
def test_abbreviations_and_contractions(text: str, words: str) -> None:
    assert said(text).lower() == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FBI", "eff bee eye"),
        ("an NPC", "an en pee see"),
        ("the U.S.A.", "the yoo ess ay"),
        ("the US", "the yoo ess"),
        ("USA", "yoo ess ay"),
        ("NASA", "nasa"),
        ("a LASER", "a laser"),
        ("ROFLAN", "roflan"),
        ("HTML", "aitch tee em ell"),
        ("XQR", "ex cue ar"),
        ("plan B", "plan bee"),
        ("R2D2", "ar two dee two"),
        ("H2O and CO2", "aitch two oh and see oh two"),
        ("the NPCs", "the en pee see's"),
        ("btw", "bee tee doubleyou"),
        ("STOP", "stop"),
        ("LET US GO NOW", "let us go now"),
        ("HMM", "hmm"),
        ("I", "i"),
    ],
)
def test_acronyms_are_spelled_or_said_and_shouts_stay_words(text: str, words: str) -> None:
    assert said(text).lower() == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sam@mail.com", "sam at mail dot com"),
        ("https://example.org/a-b", "example dot org slash ay dash bee"),
        ("go to example.com.", "go to example dot com"),
        ("you & me", "you and me"),
        ("1 + 1 = 2", "one plus one equals two"),
        ("@sam", "at sam"),
        ("#blessed", "blessed"),
        ("*sighs*", "sighs"),
        ("nice 🙂👍🏽", "nice"),
        ("nice :) <3 :D", "nice"),
        ("café naïve Zoë", "cafe naive zoe"),
        ("Straße", "strasse"),
        ("привет, мир", "привет мир"),
        ("שלום", "שלום"),
        ("नमस्ते", "नमस्ते"),
    ],
)
def test_addresses_symbols_faces_and_other_letters(text: str, words: str) -> None:
    assert said(text).lower() == words


@pytest.mark.parametrize(
    ("text", "word"),
    [("nooooo", "no"), ("sooo", "so"), ("coool", "cool"), ("gooood", "good"), ("hellllooo", "hello"), ("yesss", "yes"),
     ("hmmmmm", "hmm"), ("shhhhh", "shh"), ("pleeeease", "please"), ("NOOOO", "no"), ("zzorkkkk", "zzork")],
)  # fmt: skip
def test_stretched_words_are_said_once_and_with_weight(text: str, word: str) -> None:
    (one,) = read(text)
    assert one.text == word
    assert one.emphasis >= 0.4


def test_the_longer_a_word_is_stretched_the_more_it_weighs() -> None:
    weights = [read("n" + "o" * many)[0].emphasis for many in (1, 3, 5, 30)]
    assert weights[0] == 0 and weights == sorted(set(weights)) and weights[-1] == 1


@pytest.mark.parametrize(
    ("text", "pause"),
    [("a, b", 0.15), ("a; b", 0.22), ("a. b", 0.32), ("a? b", 0.32), ("a... b", 0.45), ("a… b", 0.45), ("a - b", 0.22),
     ("a — b", 0.22), ("a--b", 0.22), ("a-b", 0.0), ("a b", 0.0), ("a\nb", 0.32), ("a (b", 0.12), ("a, ... b", 0.45),
     ("a?! b", 0.32), ("a。b", 0.32), ('"a," b', 0.15)],
)  # fmt: skip
def test_punctuation_leaves_silence(text: str, pause: float) -> None:
    assert read(text)[0] == Word("a", pause, read(text)[0].emphasis)


def test_dots_of_abbreviations_leave_silence_only_at_the_end_of_a_sentence() -> None:
    assert all(word.pause == 0 for word in read("Mr. Smith, Dr. No"[:9]))
    assert read("bread, milk, etc. He left")[-3].pause == PAUSES["."]
    assert read("in the U.S. army")[-2].pause == 0
    assert read("the U.S.A.")[-1].pause == PAUSES["."]


def test_marks_before_the_first_word_say_nothing() -> None:
    assert read("... !!! -- ,") == ()
    assert read("...no")[0] == Word("no")


def test_exclamations_weigh_on_the_last_word() -> None:
    plain, one, three = (read(f"get out{marks}") for marks in (".", "!", "!!!"))
    assert [word.emphasis for word in plain] == [0, 0]
    assert one[0].emphasis == 0 and 0 < one[1].emphasis < three[1].emphasis


def test_capitals_weigh_but_acronyms_do_not() -> None:
    assert read("I said STOP it")[2].emphasis > 0.5
    assert all(word.emphasis == 0 for word in read("I am the FBI and NASA"))


def test_every_letter_is_named_by_its_sound() -> None:
    names = "EY|B IY|S IY|D IY|IY|EH F|JH IY|EY CH|AY|JH EY|K EY|EH L|EH M|EH N|OW|P IY|K Y UW|AA R|EH S|T IY|Y UW|V IY"
    names += "|D AH B AH L Y UW|EH K S|W AY|Z IY"
    letters = read(".".join("bcdefghjklmn") + ".")
    assert len(letters) == 12
    for letter, name in zip("abcdefghijklmnopqrstuvwxyz", names.split("|"), strict=True):
        (word,) = read(f"{letter}.{letter}.")[:1]
        assert " ".join(phone.rstrip("012") for phone in phones(word.text)) == name, letter


def test_text_without_words_is_silent() -> None:
    assert read("") == read("   \n") == read("🙂") == ()


HOSTILE = {
    "digits": "1" * 2000,
    "digits apart": "1 " * 1000,
    "years": "1984-" * 400,
    "fractions": "1/2" * 600,
    "points": "1." * 1000,
    "thousands": "1,000" * 400,
    "coins": "$" * 2000,
    "at": "a@" * 1000,
    "dots": "a." * 1000,
    "address": "a" * 1990 + "@b.c",
    "domains": "a-" * 900 + ".com",
    "marks": "!" * 2000,
    "ellipses": ". " * 1000,
    "emoji": "👩‍👩‍👧‍👦" * 180,
    "right to left": "שלום مرحبا " * 180,
    "overrides": "\u202e\u200f" * 1000,
    "combining": "e" + "\u0301" * 1999,
    "long when composed": "ﷺ" * 2000,
    "stretched": "aabbccddeeefffggg" * 117,
    "letters": "Z" * 2000,
    "quotes": "'" * 2000,
    "apostrophes": "a'" * 1000,
    "months": "May " * 500,
    "surrogates": "\ud800" * 2000,
    "ideographs": "你好世界" * 500,
    "capitals": "AB CD " * 333,
    "units": "5 km/h " * 285,
    "noise": "".join(chr(random.Random(1).randrange(1, 0x3000)) for _ in range(2000)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_read_in_five_milliseconds(text: str) -> None:
    def seconds() -> float:
        read.cache_clear()
        begin = time.perf_counter()
        read(text)
        return time.perf_counter() - begin

    assert len(read(text)) <= MOST_WORDS
    assert min(seconds() for _ in range(5)) < 0.005


@given(st.text(max_size=LONGEST))
def test_any_text_is_read(text: str) -> None:
    for word in read(text):
        assert word.text and not word.text.isspace()
        assert 0 <= word.pause <= 1 and 0 <= word.emphasis <= 1


@given(st.text(alphabet="0123456789.,:/-$€%#stndrhpmkgAM '", max_size=60))
def test_any_heap_of_figures_is_read_without_a_digit_left(text: str) -> None:
    assert not any(c.isdigit() for word in read(text) for c in word.text)
