import io
import json

import pytest

from protocols.arkit import CHANNELS, INDEX
from protocols.messages import Line
from streamer.sheets import MAX_BYTES, Item, Mistake, items


def read(*rows: object) -> list[Item | Mistake]:
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return list(items(io.BytesIO("\n".join(texts).encode("utf-8", "surrogatepass")), "guard"))


def line(row: object) -> Line:
    (item,) = read(row)
    assert isinstance(item, Item), item
    return item.line


def reason(row: object) -> str:
    (item,) = read(row)
    assert isinstance(item, Mistake), item
    return str(item)


def test_a_row_of_the_contract_is_a_line_to_act() -> None:
    row = {"id": "q12-004", "line": "Halt!", "emotion": "suspicious", "background": "Night.", "duration": 2.5}
    assert line(row) == Line("guard", "Halt!", "suspicious", "Night.", "q12-004", 2.5)


def test_text_is_another_word_for_line_and_null_is_as_good_as_nothing() -> None:
    assert line({"text": "Halt!", "id": None, "emotion": None, "duration": None}) == Line("guard", "Halt!", id="line-1")


def test_a_missing_id_is_the_number_of_the_row_in_the_file() -> None:
    first, second = read({"line": "a"}, "", "   ", {"line": "b"})
    assert isinstance(first, Item) and (first.number, first.line.id) == (1, "line-1")
    assert isinstance(second, Item) and (second.number, second.line.id) == (4, "line-4")


def test_acts_of_the_corpus_become_values() -> None:
    keyframe = {"at": 0.3, "onset": "ease", "text": "a wry look", "acts": {"MouthSmileRight": 0.3, "HeadTiltLeft": 0.1}}
    (cue,) = line({"line": "Well.", "keyframes": [keyframe]}).keyframes
    assert cue.values is not None and (cue.text, cue.at, cue.onset) == ("a wry look", 0.3, "ease")
    assert cue.values[INDEX["MouthSmileRight"]] == pytest.approx(0.3)
    assert cue.values[INDEX["HeadRoll"]] == pytest.approx(-0.1)


def test_what_plan_writes_can_be_read_again() -> None:
    keyframe = {
        "at": 0.5,
        "onset": "slow",
        "text": "jaw",
        "values": dict.fromkeys(CHANNELS, 0.0) | {"JawOpen": 0.4},
    }
    (cue,) = line({"id": "x", "keyframes": [keyframe]}).keyframes
    assert cue.values is not None and cue.values[INDEX["JawOpen"]] == pytest.approx(0.4)


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_text() -> None:
    sheet = io.BytesIO(b'\xef\xbb\xbf{"line": "a"}\r\n\r\n{"line": "b"}\r\n')
    assert [item.line.text for item in items(sheet, "guard") if isinstance(item, Item)] == ["a", "b"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"line": "a", "mood": 1}, "unknown field 'mood'"),
        ({"line": "a", "text": "b"}, "line and text are both there"),
        ({"line": 3}, "line is 3, expected a string"),
        ({"text": "x" * 2001}, "text is 2001 characters"),
        ({"line": "a", "emotion": "x" * 201}, "emotion is 201 characters"),
        ({"line": "a", "background": "x" * 2001}, "background is 2001 characters"),
        ({"line": "a", "id": ""}, "id is 0 characters"),
        ({"line": "a", "id": "a\nb"}, "id holds a control character"),
        ({"line": "a", "duration": 0}, "duration is 0"),
        ({"line": "a", "duration": "2"}, "duration is '2'"),
        ('{"line": "a", "duration": NaN}', "NaN"),
        ({"line": " "}, "line is empty"),
        ({}, "line is empty"),
        ([1], "expected an object"),
        ("timecode,values", "not JSON"),
        ({"line": "a", "keyframes": {}}, "keyframes is an object"),
        ({"line": "a", "keyframes": [3]}, "keyframes[0] is 3"),
        ({"keyframes": [{"text": "a"}] * 9}, "keyframes has 9 entries"),
        ({"keyframes": [{"at": 0.1}]}, "keyframes[0] has neither text nor values"),
        ({"keyframes": [{"text": "a", "at": 2}]}, "keyframes[0].at is 2"),
        ({"keyframes": [{"text": "a", "at": 0.5}, {"text": "b", "at": 0.2}]}, "keyframes run backwards"),
        ({"keyframes": [{"text": "a", "onset": "fast"}]}, "keyframes[0].onset is 'fast'"),
        ({"keyframes": [{"values": {"Jaw": 0.1}}]}, "unknown channel 'Jaw'"),
        ({"keyframes": [{"values": {"JawOpen": 2}}]}, "JawOpen is 2"),
        ({"keyframes": [{"acts": {"Grin": 0.1}}]}, "keyframes[0].acts: unknown act 'Grin'"),
        ({"keyframes": [{"acts": {"JawOpen": 1.5}}]}, "keyframes[0].acts.JawOpen is 1.5"),
        ({"keyframes": [{"acts": {"JawOpen": True}}]}, "keyframes[0].acts.JawOpen is true"),
        ({"keyframes": [{"acts": []}]}, "keyframes[0].acts is an array"),
        ({"keyframes": [{"acts": {}, "values": {}}]}, "keyframes[0] has both acts and values"),
    ],
)
def test_a_row_that_cannot_be_used_says_where_and_why(row: object, said: str) -> None:
    assert said in reason(row) and reason(row).startswith("line 1: ")


def test_a_bad_row_does_not_stop_the_sheet() -> None:
    found = read({"line": "a"}, "{", {"line": "b"})
    assert [type(item) for item in found] == [Item, Mistake, Item] and str(found[1]).startswith("line 2: ")


def test_a_row_without_end_is_refused_without_being_kept() -> None:
    class Counted(io.BytesIO):
        longest = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            found = super().readline(size)
            self.longest = max(self.longest, len(found))
            return found

    sheet = Counted(b'{"line": "' + b"x" * (3 * MAX_BYTES) + b'"}\n{"line": "b"}')
    found = list(items(sheet, "guard"))
    assert sheet.longest == MAX_BYTES + 1
    assert isinstance(found[0], Mistake) and f"expected at most {MAX_BYTES}" in found[0].reason
    assert isinstance(found[1], Item) and found[1].number == 2


def test_bytes_that_are_no_text_are_refused() -> None:
    found = list(items(io.BytesIO(b'\xff\xfe{"line": "a"}\n{"line": "\xe9"}\n'), "guard"))
    assert [type(item) for item in found] == [Mistake, Mistake]


def test_a_sheet_is_read_no_further_than_asked() -> None:
    class Endless(io.RawIOBase):
        def readline(self, size: int | None = -1, /) -> bytes:
            return b'{"line": "again"}\n'

    stream = items(Endless(), "guard")  # type: ignore[arg-type]  # all that is asked of it is readline
    assert [next(stream).number for _ in range(3)] == [1, 2, 3]
