"""Pairs to choose from over real sockets, in virtual time."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from protocols import messages
from streamer.contest import Contest, Jury
from streamer.director import Refused
from streamer.preferences import Choices, Pair, Take, read
from tests.clock import run
from tests.doubles import Client, running
from tests.streamer.test_preferences import take

NAMES = "abc"


def pair(name: str) -> Pair:
    return Pair(name, f"Line {name}.", "joy", "", take(), Take("secret", "milder", take(0.2).keyframes))


@contextmanager
def contest(path: Path) -> Iterator[Contest]:
    with Choices(path) as choices:
        yield Contest([pair(name) for name in NAMES], choices)


async def pair_of(client: Client) -> dict[str, Any]:
    """What a page that comes in is told."""
    await client.send({"type": "subscribe", "characters": ["left", "right"]})
    return await client.until("pair")


def test_pairs_come_in_order_and_whoever_watches_is_told(tmp_path: Path) -> None:
    path = tmp_path / "choices.jsonl"

    async def scene() -> None:
        with contest(path) as pairs:
            async with running(house=lambda driver: Jury(driver, pairs)) as host, host.client() as page:
                first = await pair_of(page)
                assert (first["number"], first["total"], first["id"], first["text"]) == (1, 3, "a", "Line a.")
                assert first["left"][0]["values"]["JawOpen"] == 0.5 and "secret" not in json.dumps(first)
                assert [first[side][0]["text"] for side in ("left", "right")] == ["jaw open", "jaw slightly open"]
                second = await page.ask({"type": "choose", "id": "a", "choice": "right"})
                assert (second["number"], second["id"], second["last"]) == (2, "b", "a")
                assert [(one.pair.id, one.verdict) for one in read(path)] == [("a", "right")]
                await page.ask({"type": "choose", "id": "b", "choice": "same"})
                assert not pairs.is_over.is_set()
                over = await page.ask({"type": "choose", "id": "c", "choice": "left"})
                assert "id" not in over and (over["number"], over["total"], over["last"]) == (3, 3, "c")
                assert pairs.is_over.is_set()
                back = await page.ask({"type": "choose", "id": "c", "choice": None})
                assert (back["id"], back["last"]) == ("c", "b") and not pairs.is_over.is_set()
        assert [(one.pair.id, one.verdict) for one in read(path)] == [("a", "right"), ("b", "same")]

    run(scene())


def test_of_two_pages_the_first_to_choose_wins_and_the_second_is_told(tmp_path: Path) -> None:
    async def scene() -> None:
        with contest(tmp_path / "choices.jsonl") as pairs:
            async with (
                running(house=lambda driver: Jury(driver, pairs)) as host,
                host.client() as one,
                host.client() as other,
            ):
                assert (await pair_of(one))["id"] == (await pair_of(other))["id"] == "a"
                await one.send({"type": "choose", "id": "a", "choice": "left"})
                assert (await one.until("pair"))["id"] == (await other.until("pair"))["id"] == "b"
                error = await other.ask({"type": "choose", "id": "a", "choice": "right"})
                assert (error["type"], error["code"], error["id"]) == ("error", "chosen", "a")
                assert (await other.until("pair"))["id"] == "b"
        (choice,) = read(tmp_path / "choices.jsonl")
        assert choice.verdict == "left"

    run(scene())


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (messages.Choose("x", "left"), "unknown_id"),
        (messages.Choose("a", None), "not_last"),
        (messages.Choose("b", None), "not_last"),
    ],
)
def test_what_cannot_be_chosen_or_taken_back_is_refused(tmp_path: Path, message: messages.Choose, code: str) -> None:
    with contest(tmp_path / "choices.jsonl") as pairs:
        pairs.judge(messages.Choose("b", "left"))
        pairs.judge(messages.Choose("c", "left"))
        with pytest.raises(Refused) as refused:
            pairs.judge(message)
        assert refused.value.code == code


def test_a_full_disk_is_told_and_leaves_no_half_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with contest(tmp_path / "choices.jsonl") as pairs:
        pairs.judge(messages.Choose("a", "left"))
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", fail)
            with pytest.raises(Refused, match="could not be stored: No space left"):
                pairs.judge(messages.Choose("b", "left"))
        assert [one.pair.id for one in read(tmp_path / "choices.jsonl")] == ["a"]
        assert pairs.told().id == "b"
        pairs.judge(messages.Choose("b", "left"))
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", fail)
            with pytest.raises(Refused, match="could not be stored"):
                pairs.judge(messages.Choose("b", None))
        pairs.judge(messages.Choose("b", "right"))
    assert [one.verdict for one in read(tmp_path / "choices.jsonl")] == ["left", "right"]


def test_the_driver_plays_lines_beside_the_contest_and_a_driver_without_one_says_so(tmp_path: Path) -> None:
    async def scene() -> None:
        with contest(tmp_path / "choices.jsonl") as pairs:
            async with running(house=lambda driver: Jury(driver, pairs)) as host, host.client() as page:
                keyframes = (await pair_of(page))["left"]
                await page.send({"type": "line", "character": "left", "text": "Hi.", "keyframes": keyframes})
                assert (await page.until("planned"))["keyframes"] == keyframes
                assert (await page.until("finished"))["reason"] == "done"
        async with running() as host, host.client() as page:
            error = await page.ask({"type": "choose", "id": "a", "choice": "left"})
            assert (error["type"], error["code"]) == ("error", "unexpected")

    run(scene())
