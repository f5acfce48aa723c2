"""facecue diff, on the tiny model made by tests/vectors/make_tiny_model.py and copies of it that say something else."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from protocols.arkit import by_name
from protocols.messages import Line, Planned, PlannedKeyframe
from streamer.browser import program
from streamer.cli import main
from streamer.commands import diff as command
from streamer.diff.compare import Change, compare, groups, means, uses
from streamer.diff.page import encode
from streamer.diff.report import report
from streamer.diff.table import WIDTH, table
from streamer.face.acts import to_values
from tests.browser import browsing

TINY = Path(__file__).parents[1] / "vectors" / "tiny.onnx"
LINE = Line("guard", "Halt!", "suspicion", id="a")
Altered = Callable[..., Path]


@pytest.fixture
def altered(tmp_path: Path) -> Altered:
    """A copy of the tiny model with other metadata, or with other places of its keyframes' acts."""

    def alter(name: str = "new.onnx", noise: float = 0.0, **meta: str) -> Path:
        model = onnx.load(str(TINY))
        for entry in model.metadata_props:
            entry.value = meta.get(entry.key, entry.value)
        (places,) = (weight for weight in model.graph.initializer if weight.name == "places")
        table = numpy_helper.to_array(places)
        moved = table + np.random.default_rng(1).normal(0, noise, table.shape).astype(np.float32)
        places.CopyFrom(numpy_helper.from_array(moved, "places"))
        onnx.save(model, str(tmp_path / name))
        return tmp_path / name

    return alter


def planned(*keyframes: dict[str, float], at: tuple[float, ...] = (0.3, 0.7)) -> Planned:
    frames = [
        PlannedKeyframe(when, "ease", "", by_name(to_values(acts))) for when, acts in zip(at, keyframes, strict=False)
    ]
    return Planned("a", tuple(frames))


def changed(before: Planned, after: Planned, line: Line = LINE) -> Change:
    pairs = [(line, before, after)]
    (change,) = compare(pairs, {})
    return change


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["diff", *map(str, arguments), "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_the_same_model_makes_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(TINY.read_bytes())
    assert main(["diff", str(TINY), str(copy), "--fail-above", "0"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "no difference on 60 lines of the fixed set"


def test_the_fixed_set_is_forty_lines_and_twenty_faces_and_more_noise_is_more_change(
    altered: Altered, capsys: pytest.CaptureFixture[str]
) -> None:
    little = told(capsys, TINY, altered("little.onnx", 0.1))
    much = told(capsys, TINY, altered("much.onnx", 1.0))
    assert len({change["id"] for change in much["changes"]}) == 60
    assert sum(bool(change["line"]) for change in much["changes"]) == 40
    assert 0 < little["median_change"] < much["median_change"] < 2
    assert 1 > little["mean_similarity"] > much["mean_similarity"]
    sizes = [change["change"] for change in much["changes"]]
    assert sizes == sorted(sizes, reverse=True)


def test_going_there_and_back_costs_the_same_and_turns_the_acts_round(
    altered: Altered, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = command._fixed()
    monkeypatch.setattr(command, "_fixed", lambda: fixed[::10])
    new = altered(noise=0.5)
    there, back = told(capsys, TINY, new), told(capsys, new, TINY)
    assert there["median_change"] == back["median_change"]
    turned = {"came": "went", "went": "came", "grew": "shrank", "shrank": "grew"}
    for one in there["changes"]:
        other = next(change for change in back["changes"] if change["id"] == one["id"])
        assert one["energy"] == other["energy"][::-1] and one["before"] == other["after"]
        assert {act["kind"] for act in one["acts"]} == {turned[act["kind"]] for act in other["acts"]}


def test_acts_come_go_grow_and_shrink_in_the_describers_words() -> None:
    before = planned({"MouthSmile": 0.3, "BrowDownLeft": 0.4, "JawOpen": 0.6, "CheekPuff": 0.05})
    after = planned({"MouthSmile": 0.7, "BrowInnerUp": 0.5, "BrowOuterUp": 0.5, "JawOpen": 0.3, "CheekPuff": 0.1})
    shifts = {(shift.kind, shift.words) for shift in changed(before, after).shifts}
    assert shifts == {
        ("grew", "strongly smiling"), ("went", "left brow lowered"), ("came", "brows raised"), ("shrank", "jaw open")
    }  # fmt: skip


def test_the_strongest_moment_of_an_act_is_what_counts() -> None:
    (shift,) = changed(planned({"JawOpen": 0.2}, {"JawOpen": 0.8}), planned({"JawOpen": 0.5}, {"JawOpen": 0.3})).shifts
    assert (shift.kind, shift.before, shift.after) == ("shrank", pytest.approx(0.8), pytest.approx(0.5))


def test_a_face_gone_is_a_change_of_one_and_a_louder_face_is_as_similar_as_before() -> None:
    smile, louder = planned({"MouthSmile": 0.4}), planned({"MouthSmile": 0.8})
    gone = changed(smile, planned({}))
    assert gone.size == pytest.approx(1) and gone.energy[1] == 0
    grown = changed(smile, louder)
    assert grown.similarity == pytest.approx(1) and grown.size == pytest.approx(0.5)
    assert grown.energy[1] == pytest.approx(2 * grown.energy[0])


def test_keyframes_at_other_times_are_told_even_where_the_faces_are_alike() -> None:
    smile = {"MouthSmile": 0.4}
    assert changed(planned(smile), planned(smile, at=(0.31,))).is_none
    assert changed(planned(smile), planned(smile, at=(0.5,))).is_retimed
    assert changed(planned(smile), planned(smile, smile)).is_retimed


def test_feelings_and_acts_are_summed_over_the_lines() -> None:
    smile, frown = planned({"MouthSmileLeft": 0.6}), planned({"MouthFrown": 0.4})
    lines = [Line("guard", "Ha.", feeling, id=str(n)) for n, feeling in enumerate(("Joy ", "joy", "gloom"))]
    pairs = [(lines[0], smile, smile), (lines[1], smile, frown), (lines[2], frown, frown)]
    changes = compare(pairs, means(pairs))
    assert [(group.feeling, group.lines) for group in groups(changes)] == [("joy", 2), ("gloom", 1)]
    use = {use.words: use.lines for use in uses(changes)}
    assert use == {"smiling": (2, 1), "lip corners down": (1, 2)}


def test_a_faint_face_is_not_called_changed_for_next_to_nothing() -> None:
    assert changed(planned({"JawOpen": 0.02}), planned({})).size < 0.2


def test_the_table_fits_a_hundred_columns_and_does_nothing_to_the_terminal(
    altered: Altered, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.jsonl"
    rows = [{"line": "\x1b[2J no left " * 60, "emotion": "very " * 40}, {"line": "hello\nleft"}]
    sheet.write_text("".join(json.dumps(row) + "\n" for row in rows))
    new = altered("a" * 80 + ".onnx", noise=1.5)
    assert main(["diff", str(TINY), str(new), "--lines", str(sheet), "--most", "0"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, shown)) <= WIDTH and not any("\x1b" in row for row in shown)
    assert any("hello left" in row for row in shown)
    assert any("came:" in row for row in shown) and any("went:" in row for row in shown)


def test_only_the_most_changed_lines_are_shown(altered: Altered, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(TINY), str(altered(noise=1.0)), "--most", "3"]) == 0
    out = capsys.readouterr().out
    assert len(re.findall(r"^  [01]\.\d\d ", out, re.MULTILINE)) == 3
    assert "... 57 lines that changed less; --most 0 shows them" in out


def test_a_change_above_what_is_allowed_fails(altered: Altered, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["diff", str(TINY), str(altered(noise=1.0)), "--fail-above"]
    assert main([*arguments, "2"]) == 0
    assert main([*arguments, "0.01"]) == 1
    assert re.search(r"median change is 0\.\d+, expected 0\.01 or less", capsys.readouterr().err)


def test_bad_lines_of_a_sheet_are_named_and_the_others_compared(
    altered: Altered, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.jsonl"
    sheet.write_text('{"line": "left"}\n{"line": 3}\nnonsense\n{"line": "smile", "id": "b"}\n')
    assert main(["diff", str(TINY), str(altered(noise=1.0)), "--lines", str(sheet), "--json"]) == 2
    out, err = capsys.readouterr()
    assert {change["id"] for change in json.loads(out)["changes"]} == {"line-1", "b"}
    first, second = err.splitlines()
    assert "line 2: line is 3" in first and "line 3: message is not JSON" in second


def test_a_table_of_lines_is_read_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("id,line,emotion\nq1,left,joy\n")
    (change,) = told(capsys, TINY, "rules", "--lines", sheet)["changes"]
    assert (change["id"], change["emotion"]) == ("q1", "joy")


def broken(kind: str, altered: Altered, folder: Path) -> str:
    path = folder / "bad.onnx"
    match kind:
        case "missing":
            return str(path)
        case "folder":
            return str(folder)
        case "truncated":
            path.write_bytes(TINY.read_bytes()[:5000])
        case "text":
            path.write_text("not a model\n")
        case "older":
            return str(altered("bad.onnx", format="facecue-brain-0"))
        case "other acts":
            return str(altered("bad.onnx", units="Smile Frown"))
        case "foreign":
            model = onnx.load(str(TINY))
            del model.metadata_props[:]
            onnx.save(model, str(path))
        case "another graph":
            model = onnx.load(str(TINY))
            for node in model.graph.node:
                node.input[:] = ["identities" if name == "ids" else name for name in node.input]
            model.graph.input[0].name = "identities"
            onnx.save(model, str(path))
    return str(path)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "No such file"),
        ("folder", "no model that can be run"),
        ("truncated", "no model that can be run"),
        ("text", "no model that can be run"),
        ("older", "has format 'facecue-brain-0', expected 'facecue-brain-1'"),
        ("other acts", "speaks of other acts than this version"),
        ("foreign", "is not a facecue model: it carries no 'format'"),
        ("another graph", "does not answer as a facecue model"),
    ],
)
def test_a_model_that_cannot_be_compared_is_one_clear_line(
    kind: str, said: str, altered: Altered, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = broken(kind, altered, tmp_path)
    for pair in ((bad, str(TINY)), (str(TINY), bad)):
        assert main(["diff", *pair]) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and said in err and bad in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lines", "none.jsonl"], "cannot read none.jsonl"),
        (["--lines", "/dev/null"], "/dev/null has no lines to compare"),
        (["--html", "/no/such/page.html"], "cannot write /no/such/page.html"),
    ],
)
def test_files_that_cannot_be_used_are_said_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(TINY), "rules", *arguments]) in (1, 2)
    out, err = capsys.readouterr()
    assert said in err and err.count("\n") == 1 and out == ""


@pytest.mark.parametrize("flag", [["--fail-above", "-1"], ["--fail-above", "nan"], ["--most", "-2"], ["--most", "x"]])
def test_flags_out_of_range_are_refused(flag: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["diff", str(TINY), str(TINY), *flag])
    assert left.value.code == 2 and f"got '{flag[1]}'" in capsys.readouterr().err


def test_a_sheet_of_too_many_lines_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("streamer.commands.diff.MAX_LINES", 3)
    sheet = tmp_path / "sheet.jsonl"
    sheet.write_text('{"line": "left"}\n' * 4)
    assert main(["diff", str(TINY), str(TINY), "--lines", str(sheet)]) == 2
    assert "has more than 3 lines" in capsys.readouterr().err


NASTY = '</script><script>window.hurt = 1</script><img src=x onerror="window.hurt=1">'


def page_of(words: str) -> str:
    line = Line("guard", words, words, words, id="a")
    changes = compare([(line, planned({"MouthSmile": 0.9}), planned({"BrowDown": 0.9}, {"JawOpen": 0.5}))], {})
    return encode(report((words, "new"), "lines", changes)).decode()


def test_the_page_is_one_file_that_fetches_nothing() -> None:
    page = page_of("hello")
    assert not re.findall(r"""(?:src|href)\s*=|url\(|@import|https?://""", page)
    assert page.count("<script") == page.count("</script>") == 3
    assert page_of(NASTY).count("</script>") == 3


@pytest.mark.long
@pytest.mark.skipif(program() is None, reason="chromium is not installed")
def test_a_browser_shows_both_faces_at_every_keyframe_and_takes_text_for_text(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page_of(NASTY))
    drawn = """[...document.querySelectorAll('canvas')].map((canvas) => canvas.getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height).data.filter((value) => value).length > 10000)"""

    async def scene() -> None:
        async with browsing((tmp_path / "page.html").as_uri()) as page:
            await page.until("document.querySelectorAll('#lines li').length == 1")
            sides = await page.run(
                "[...document.querySelectorAll('.side')].map((side) => side.querySelectorAll('canvas').length)"
            )
            assert sides == [1, 2]
            assert await page.until(f"({drawn}).every(Boolean) && ({drawn})") == [True] * 3
            first, second = await page.run(
                "[...document.querySelectorAll('canvas')].slice(0, 2).map((canvas) => canvas.toDataURL())"
            )
            assert first != second
            assert NASTY in await page.run("document.querySelector('h3').textContent")
            assert await page.run("window.hurt") is None
            assert await page.run("document.querySelectorAll('img').length") == 0
            await page.run(
                "(() => { const box = document.getElementById('filter'); box.value = 'zebra'; box.oninput(); })()"
            )
            assert await page.run("document.getElementById('count').textContent") == "0 of 1"
            assert page.complaints == []

    asyncio.run(scene())


def test_no_difference_is_said_of_a_report_too() -> None:
    smile = planned({"MouthSmile": 0.5})
    same = report(("a", "b"), "a sheet", compare([(LINE, smile, smile)], {}))
    assert list(table(same, 0)) == ["a -> b", "no difference on 1 lines of a sheet"]
