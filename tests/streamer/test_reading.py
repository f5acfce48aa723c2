import pytest

from streamer.face.reading import Word, read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I have 3 keys, 21 coins and 1,234 lies.", "i have three keys twenty one coins and one thousand two hundred "
         "thirty four lies"),
        ("It costs $3.50, not £20 or €1.", "it costs three dollars fifty cents not twenty pounds or one euro"),
        ("A $5 million heist", "a five million dollars heist"),
        ("in 1984 and 2026, 1905 or 2007", "in nineteen eighty four and twenty twenty six nineteen oh five or two "
         "thousand seven"),
        ("the 1980s", "the nineteen eighties"),
        ("on 3 May 2026", "on the third of may twenty twenty six"),
        ("May 3rd", "may third"),
        ("2026-11-21", "november twenty first twenty twenty six"),
        ("at 10:30 or 7:05 pm", "at ten thirty or seven oh five pee em"),
        ("1/2 and 3/4", "one half and three quarters"),
        ("-5.25 and 100%", "minus five point two five and one hundred percent"),
        ("10-12 km at 60 mph", "ten to twelve kilometers at sixty miles an hour"),
        ("the 21st and 3rd", "the twenty first and third"),
        ("Agent 007", "agent zero zero seven"),
        ("Dr. Smith vs. Mr. Jones, e.g. today", "doctor smith versus mister jones for example today"),
        ("No. 5 is here. No.", "number five is here no"),
        ("the FBI, an NPC and the U.S.A.", "the eff bee eye an en pee see and the you ess ay"),
        ("NASA says HELLO", "nasa says hello"),
        ("don't, can't, o'clock", "don't can't o'clock"),
        ("caf\u00e9 na\u00efve \u201cquoted\u201d it\u2019s", "cafe naive quoted it's"),
        ("salt & pepper @ home", "salt and pepper at home"),
        ("nooooo! soooon, hellllp", "no soon help"),
        ("Wow \U0001f600\U0001f600", "wow"),
        ("\u043f\u0440\u0438\u0432\u0435\u0442 friend", "\u043f\u0440\u0438\u0432\u0435\u0442 friend"),
        ("...?!", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_text_is_read_aloud(text: str, words: str) -> None:
    assert " ".join(word.text for word in read(text)) == words


def test_punctuation_is_silence_after_the_word() -> None:
    hm, well, no, stop = read("Hm, well... no - stop!")
    assert 0 < hm.pause < no.pause + 0.2 and well.pause > hm.pause
    assert stop.pause > 0.3 and stop.emphasis > 0
    assert read("one two")[0] == Word("one")


def test_shouted_and_stretched_words_weigh_more() -> None:
    assert read("GET out")[0].emphasis > read("get out")[0].emphasis
    assert read("noooooo")[0].emphasis > read("nooo")[0].emphasis > read("no")[0].emphasis


@pytest.mark.parametrize(
    "text", ["9" * 2000, "1." * 1000, "$" * 2000, "\u202e\u0645\u0631" * 600, "\U0001f600" * 2000, "a" * 2000,
             "1/2" * 600, "-" * 2000, "A.B." * 500, "12:34:" * 300, "''" * 1000, "\x00\ufeff\u200b" * 500]
)  # fmt: skip
def test_hostile_text_is_read_or_passed_over(text: str) -> None:
    assert all(word.text for word in read(text))
