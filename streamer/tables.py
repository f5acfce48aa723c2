"""Dialogue sheets as tables: CSV with a header, as spreadsheets save them.

    id,line,emotion,background,duration
    q12-004,"Halt! Who goes there?",suspicious,Night watch.,2.4

Columns come in any order and all but the line's may be missing; semicolons and tabs separate as well as commas. What is
wrong with one row costs no other row, a quote that is never closed included.
"""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from protocols.errors import DecodeError
from streamer.sheets import Item, Mistake, line_of

MAX_BYTES: Final = 64 * 1024 * 1024  # of a table: more words than any game has
_COLUMNS: Final = ("id", "line", "text", "emotion", "background", "duration")
_TALLEST: Final = 50  # lines that one row spans at most: a background with its paragraphs
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def items(table: BinaryIO, character: str) -> Iterator[Item | Mistake]:
    """What stands in a table, for this character to act; rows are numbered by the lines of the file."""
    data = table.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES or data.startswith(_UTF16):
        size = f"longer than {MAX_BYTES} bytes" if len(data) > MAX_BYTES else "UTF-16"
        yield Mistake(1, f"table is {size}, expected UTF-8 of at most {MAX_BYTES} bytes")
        return
    lines = list(io.StringIO(data.decode("utf-8-sig", "surrogateescape"), newline=""))
    rows = _rows(lines, _delimiter(lines))
    header = next(rows, None)
    if header is None or isinstance(header, Mistake):
        yield header or Mistake(1, f"table is empty, expected columns {', '.join(_COLUMNS)}")
        return
    names = [name.strip().lower() for name in header[1]]
    mistakes = [Mistake(header[0], reason) for reason in _wrong_with(names)]
    yield from mistakes
    if {"line", "text"} & set(names):
        for row in rows:
            yield row if isinstance(row, Mistake) else _item(names, *row, character)


def _delimiter(lines: list[str]) -> str:
    """What separates the names of the first line."""
    first = next((line for line in lines if line.strip()), "")
    return max(",;\t", key=first.count)


def _rows(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]] | Mistake]:
    """The rows that are not empty, with the numbers of the lines (from 1) they begin in."""
    at = 0
    while at < len(lines):
        row, reason, end = None, "a quote is never closed", at
        while row is None and end < min(at + _TALLEST, len(lines)):
            end += 1
            try:
                row = next(csv.reader(lines[at:end], delimiter=delimiter, strict=True))
            except csv.Error as error:
                if "end of data" not in str(error):
                    reason = str(error)
                    break
        if row is None:
            yield Mistake(at + 1, reason)
            end = at + 1
        elif any(cell.strip() for cell in row):
            yield at + 1, row
        at = end


def _wrong_with(names: list[str]) -> Iterator[str]:
    wanted = f"expected {', '.join(_COLUMNS)}"
    if not {"line", "text"} & set(names):
        yield f"column 'line' is missing, {wanted}"
    for name in dict.fromkeys(names):
        if name and name not in _COLUMNS:
            yield f"unknown column {name[:40]!r} is not read, {wanted}"
        if name in _COLUMNS and names.count(name) > 1:
            yield f"column {name!r} is there twice, the last one is read"


def _item(names: list[str], number: int, row: list[str], character: str) -> Item | Mistake:
    try:
        if len(row) != len(names):
            raise DecodeError(f"row has {len(row)} cells, expected {len(names)}")
        cells = {name: cell for name, cell in zip(names, row, strict=True) if name in _COLUMNS and cell.strip()}
        fields = {name: _number(cell) if name == "duration" else _text(name, cell) for name, cell in cells.items()}
        return Item(number, line_of(fields, number, character))
    except DecodeError as error:
        return Mistake(number, str(error))


def _text(name: str, cell: str) -> str:
    wrong = next((ord(c) - 0xDC00 for c in cell if 0xDC80 <= ord(c) <= 0xDCFF), None)
    if wrong is not None:
        raise DecodeError(f"{name} holds byte 0x{wrong:02x} that is not UTF-8, expected one encoding in all rows")
    return cell


def _number(cell: str) -> float:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        raise DecodeError(f"duration is {cell[:40]!r}, expected a number") from None
