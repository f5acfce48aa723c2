import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.messages import Line
from streamer import tables
from streamer.sheets import Item, Mistake


def read(data: bytes | str) -> list[Item | Mistake]:
    return list(tables.items(io.BytesIO(data.encode() if isinstance(data, str) else data), "guard"))


def lines(data: bytes | str) -> list[Line]:
    return [item.line for item in read(data) if isinstance(item, Item)]


def mistakes(data: bytes | str) -> list[str]:
    return [str(item) for item in read(data) if isinstance(item, Mistake)]


def test_a_row_is_a_line_to_act() -> None:
    sheet = 'id,line,emotion,background,duration\nq12-004,"Halt! Who, me?",suspicious,Night.,2.4\nb,Go.,,,\n'
    assert lines(sheet) == [
        Line("guard", "Halt! Who, me?", "suspicious", "Night.", "q12-004", 2.4),
        Line("guard", "Go.", id="b"),
    ]
    assert mistakes(sheet) == []


@pytest.mark.parametrize(
    "sheet",
    [
        "text;id\nHalt!;a\n",
        "ID\tLine\nA\tHalt!\n".replace("A\t", "a\t"),
        "\ufeffline,id\r\nHalt!,a\r\n",
        '"id","line"\n\n"a","Halt!"',
        "id;line;duration\na;Halt!;\n",
    ],
)
def test_spreadsheets_save_in_many_ways(sheet: str) -> None:
    assert lines(sheet) == [Line("guard", "Halt!", id="a")] and mistakes(sheet) == []


def test_a_row_may_span_lines_and_the_next_is_numbered_by_the_file() -> None:
    found = read('line,background\n"Halt!","Night.\nAt the gate."\n\nGo.,\n')
    assert [item.number for item in found] == [2, 5]
    assert isinstance(found[0], Item) and found[0].line.background == "Night.\nAt the gate."
    assert isinstance(found[1], Item) and found[1].line.id == "line-5"


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ("", "line 1: table is empty, expected columns id, line, text"),
        ("id,emotion\na,sad\n", "line 1: column 'line' is missing, expected id, line, text"),
        ("line,emotoin\nHalt!,sad\n", "line 1: unknown column 'emotoin' is not read"),
        ("line,line\nHalt!,Go.\n", "line 1: column 'line' is there twice"),
        ("id,line\na\n", "line 2: row has 1 cells, expected 2"),
        ("id,line\na,b,c\n", "line 2: row has 3 cells, expected 2"),
        ("id,line\na,\n", "line 2: line is empty"),
        ("line,duration\nHalt!,long\n", "line 2: duration is 'long', expected a number"),
        ("line,duration\nHalt!,nan\n", "line 2: duration is nan, expected 0.001..600"),
        (f"line\n{'x' * 2001}\n", "line 2: line is 2001 characters, expected 0..2000"),
        ('line\n"Halt!\nGo.\n', "line 2: a quote is never closed"),
        ('line\n"Halt!" he said\n', "line 2: ',' expected after"),
        ("line,text\na,b\n", "line 2: line and text are both there"),
        (b"line\nHalt!\nna\xefve\n", "line 3: line holds byte 0xef that is not UTF-8"),
        ("line\nHalt!\n".encode("utf-16"), "line 1: table is UTF-16"),
    ],
)
def test_a_mistake_is_named_with_its_line(sheet: str | bytes, said: str) -> None:
    (found,) = mistakes(sheet)
    assert said in found and len(found) < 200


def test_the_good_rows_around_the_bad_ones_are_kept() -> None:
    sheet = b'id,line\na,One.\nb,"Two.\nc,Three.\nd,caf\xe9\ne,Caf\xc3\xa9\nf\ng,Seven.\n'
    assert [line.id for line in lines(sheet)] == ["a", "c", "e", "g"]
    assert [mistake.partition(":")[0] for mistake in mistakes(sheet)] == ["line 3", "line 5", "line 7"]


def test_a_table_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_BYTES", 100)
    assert mistakes("line\n" + "x\n" * 100) == [
        "line 1: table is longer than 100 bytes, expected UTF-8 of at most 100 bytes"
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_named_mistakes(data: bytes) -> None:
    assert all(isinstance(item, (Item, Mistake)) for item in read(b"id,line\n" + data) + read(data))


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20), max_size=10))
def test_what_a_csv_writer_writes_is_read_as_it_was(texts: list[str]) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([["line", "id"], *([text, str(i)] for i, text in enumerate(texts))])
    assert [line.text for line in lines(out.getvalue())] == [text for text in texts if text.strip()]
