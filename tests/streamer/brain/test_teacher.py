"""The endpoint of a large model over real HTTP: honest, slow, broken and lying."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from protocols.arkit import by_name
from streamer.brain.endpoint import AnswerError, Endpoint, Query, TeacherError, is_model
from streamer.brain.keyframeface import SYSTEM, Scene, ask_face
from streamer.brain.teacher import connect, read_system, together
from streamer.cues import Description, Prompt
from tests import school as tricks
from tests.school import MODEL, School, Trick, school
from tests.vectors.keyframeface import FIRST, SECOND, answer

HALT = Prompt("Halt!", "suspicious", "Night.")
QUERY = Query(MODEL, ask_face(Scene("A gate.", "fear", ("Brows down.",)), 0), 1024)


@pytest.fixture
def teaching() -> Iterator[School]:
    with school() as taught:
        yield taught


class Waits(list[float]):
    """Sleeps that are only noted."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def patient(taught: School, **options: object) -> tuple[Endpoint, Waits]:
    waits = Waits()
    return Endpoint(taught.url, sleep=waits, **({"timeout": 10.0} | options)), waits  # type: ignore[arg-type]


def test_what_is_sent_is_the_published_request_byte_for_byte(teaching: School) -> None:
    patient(teaching)[0].ask(QUERY)
    user = (
        "Keyframe Description Sequence:\\n- Keyframe One: Brows down.\\n\\nBackground: A gate.\\nEmotion: fear\\n\\n"
        "Task Instruction: Generate the facial expression parameters for Keyframe One."
    )
    assert teaching.raw == [
        (
            f'{{"model": "{MODEL}", "messages": [{{"role": "system", "content": {json.dumps(SYSTEM)}}}, '
            f'{{"role": "user", "content": "{user}"}}], "temperature": 0, "max_tokens": 1024}}'
        ).encode()
    ]


def test_a_line_becomes_a_scene_and_its_faces(teaching: School) -> None:
    lesson = connect(patient(teaching)[0]).plan(HALT)
    assert lesson.scene == Scene("Night.", "suspicious", ("Brows down.", "Eyes wide."))
    assert [by_name(face.values) for face in lesson.faces] == [
        dict.fromkeys(by_name(np.zeros(61, np.float32)), 0.0) | values for values in (FIRST, SECOND)
    ]
    first, *faces = teaching.asked
    assert first["messages"][1]["content"].startswith("Line: Halt!") and first["temperature"] == 0
    assert {face["messages"][1]["content"].rpartition(" ")[2] for face in faces} == {"One.", "Two."}
    assert {body["model"] for body in teaching.asked} == {MODEL}


def test_keyframes_that_the_game_described_need_no_first_stage(teaching: School) -> None:
    lesson = connect(patient(teaching)[0], MODEL).plan(Prompt("", descriptions=(Description("left brow up"),)))
    assert len(teaching.asked) == 1 and lesson.scene.faces == ("left brow up",)


def test_the_keyframes_of_a_line_are_asked_for_at_once_up_to_a_bound(teaching: School) -> None:
    teaching.scene = teaching.scene | {"keyframes": ["One.", "Two.", "Three.", "Four."]}
    teaching.pause = 0.2
    connect(patient(teaching, parallel=3)[0]).plan(HALT)
    assert len(teaching.asked) == 5 and 1 < teaching.most_at_once <= 3


def test_each_stage_may_have_an_endpoint_and_a_model_of_its_own(teaching: School) -> None:
    with school() as other:
        other.model = "writer"
        connect(patient(teaching)[0], "face-lora", patient(other)[0]).plan(HALT)
        assert [body["model"] for body in other.asked] == ["writer"]
        assert [body["model"] for body in teaching.asked] == ["face-lora"] * 2


PASSING: dict[str, Trick] = {
    "429": tricks.failing(429),
    "500": tricks.failing(500),
    "503 in HTML": lambda pupil: pupil.give(503, b"<html>"),
    "an answer cut short": tricks.cut,
    "a stream cut in the middle": tricks.cut_stream,
    "a connection reset": tricks.reset,
    "half a JSON text": lambda pupil: pupil.give(200, b'{"choices": ['),
}


@pytest.mark.parametrize("how", PASSING)
def test_what_fails_in_passing_is_asked_again_later_each_time(teaching: School, how: str) -> None:
    teaching.tricks += [PASSING[how]] * 3
    endpoint, waits = patient(teaching)
    assert endpoint.ask(QUERY).text == answer(FIRST, 0)
    assert len(teaching.raw) == 4 and len(set(teaching.raw)) == 1
    assert all(0.25 * 2**i <= wait <= 0.5 * 2**i for i, wait in enumerate(waits)) and len(waits) == 3


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "Wed, 21 Oct 2026 07:28:09 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 9.0),
    ],
)
def test_an_endpoint_says_how_long_to_wait(teaching: School, headers: dict[str, str], expected: float) -> None:
    if "Date" in headers:  # the server's own date would come first
        teaching.tricks.append(_dated(headers))
    else:
        teaching.tricks.append(tricks.failing(429, **headers))
    endpoint, waits = patient(teaching)
    endpoint.ask(QUERY)
    assert waits == [expected]


def _dated(headers: dict[str, str]) -> Trick:
    def give(pupil: tricks.Pupil) -> None:
        pupil.date_time_string = lambda timestamp=None: headers["Date"]  # type: ignore[method-assign]
        tricks.failing(429, Retry_After=headers["Retry_After"])(pupil)

    return give


def test_an_endpoint_that_wants_an_hour_is_given_up(teaching: School) -> None:
    teaching.tricks.append(tricks.failing(429, Retry_After="3600"))
    endpoint, waits = patient(teaching)
    with pytest.raises(AnswerError, match="answered 429 .asks to wait 3600 s"):
        endpoint.ask(QUERY)
    assert not waits


def test_an_endpoint_that_keeps_failing_is_given_up(teaching: School) -> None:
    teaching.tricks += [tricks.failing(500)] * 9
    with pytest.raises(AnswerError, match="answered 500 .3 attempts"):
        patient(teaching, attempts=3)[0].ask(QUERY)
    assert len(teaching.raw) == 3


def test_an_answer_that_drips_in_is_given_up_at_its_deadline(teaching: School) -> None:
    teaching.tricks.append(tricks.dripping)
    with pytest.raises(AnswerError, match="1 attempts"):
        patient(teaching, timeout=0.5, attempts=1)[0].ask(QUERY)


FINAL: dict[str, tuple[Trick, str]] = {
    "another model": (tricks.lying, f"asked '{MODEL}', answered as 'something-cheap-3b'"),
    "no model's name": (lambda pupil: pupil.give(200, pupil.completion(model=None)), "without a model's name"),
    "no permission": (tricks.failing(401), "answered 401, expected 200"),
    "a wrong path": (tricks.failing(404), "answered 404, expected 200"),
    "a redirect": (tricks.failing(302, Location="http://elsewhere.test/"), "answered 302, expected 200"),
    "a bad request": (tricks.failing(400), "answered 400"),
    "an array": (lambda pupil: pupil.give(200, b"[]"), "the answer is list, expected an object"),
    "no choices": (lambda pupil: pupil.give(200, pupil.completion(choices=[])), "no message of text"),
    "no text": (tricks.saying(None), "no message of text"),
    "too much": (lambda pupil: pupil.give(200, b" " * 9_000_000), "longer than"),
}


@pytest.mark.parametrize("how", FINAL)
def test_asking_again_would_not_help_against(teaching: School, how: str) -> None:
    trick, message = FINAL[how]
    teaching.tricks.append(trick)
    with pytest.raises(TeacherError) as refused:
        patient(teaching)[0].ask(QUERY)
    assert message in str(refused.value) and len(str(refused.value)) < 400
    assert len(teaching.raw) == 1


def test_a_model_may_answer_with_its_date_or_tag() -> None:
    assert is_model("gpt-4o-2024-08-06", "gpt-4o") and is_model("qwen3:14b", "qwen3") and is_model("a", "a")
    assert not is_model("gpt-4omni", "gpt-4o") and not is_model("", "a") and not is_model("qwen3", "qwen3:14b")


@pytest.mark.parametrize(
    ("trick", "message"),
    [
        (tricks.saying("no face today"), "Keyframe_one: answer of 13 characters holds no JSON object"),
        (tricks.saying(answer(FIRST, 0), finish_reason="length"), "Keyframe_one: the answer was cut"),
    ],
)
def test_an_answer_without_a_face_is_named(teaching: School, trick: Trick, message: str) -> None:
    teaching.tricks += [tricks.honest, trick]
    teaching.scene = teaching.scene | {"keyframes": ["One."]}
    with pytest.raises(AnswerError, match=message):
        connect(patient(teaching)[0]).plan(HALT)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://x/", "http://", "http://x:99999/", "http://a b/", "http://u:p@x/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(TeacherError, match="url is"):
        Endpoint(url)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_the_path_of_an_address_may_be_left_out(teaching: School, path: str) -> None:
    assert Endpoint(teaching.url.removesuffix("/v1") + path).ask(QUERY).prompt_tokens == 700


def test_where_nothing_listens_is_said_at_once() -> None:
    with school() as gone:
        url = gone.url
    with pytest.raises(TeacherError, match="nothing answers there"):
        Endpoint(url, sleep=Waits()).ask(QUERY)


def test_a_key_is_sent_and_never_shown(teaching: School) -> None:
    endpoint = Endpoint(teaching.url, key="secret-1")
    teaching.tricks.append(tricks.failing(401))
    with pytest.raises(TeacherError) as refused:
        endpoint.ask(QUERY)
    assert teaching.headers[0]["Authorization"] == "Bearer secret-1"
    assert "secret-1" not in str(refused.value) + repr(endpoint)


def test_the_released_system_message_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "example.jsonl"
    path.write_text(json.dumps({"messages": [{"role": "system", "content": "You animate."}]}) + "\nmore\n")
    assert read_system(str(path)) == "You animate."
    path.write_text("Animate.")
    assert read_system(str(path)) == "Animate."
    for bad in ("", "{", '{"messages": []}', "x" * 30_000):
        path.write_text(bad)
        with pytest.raises(TeacherError, match=str(path)):
            read_system(str(path))


def test_calls_that_are_made_together_keep_their_order_and_their_first_error() -> None:
    assert together([lambda: 1, lambda: 2]) == [1, 2] and together([]) == []
    with pytest.raises(ZeroDivisionError):
        together([lambda: 1, lambda: 1 // 0, lambda: int("x")])
