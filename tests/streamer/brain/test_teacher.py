"""The endpoint of a large model over real HTTP: honest, slow, broken and lying."""

import gzip
import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protocols.arkit import CHANNELS, by_name
from streamer.brain.endpoint import AnswerError, Endpoint, Query, TeacherError, is_model
from streamer.brain.keyframeface import SYSTEM, Scene, ask_face, result_text
from streamer.brain.teacher import connect, read_system, together
from streamer.cues import Description, Prompt
from tests import school as tricks
from tests.school import MODEL, School, Trick, school
from tests.vectors.keyframeface import FIRST, RELEASED, SECOND, answer, released

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


def releasing(pupil: tricks.Pupil) -> None:
    is_second = pupil.body["messages"][1]["content"].endswith("Keyframe Two.")
    tricks.saying(result_text(released()[is_second]))(pupil)


def test_from_a_server_that_says_what_was_released_come_the_released_numbers(teaching: School) -> None:
    teaching.tricks += [releasing] * 2
    told = (Description("looks down"), Description("smiles"))
    faces = connect(patient(teaching)[0], MODEL).plan(Prompt("", descriptions=told)).faces
    silent = dict.fromkeys(CHANNELS, 0.0)
    assert [by_name(face.values) for face in faces] == [silent | numbers for numbers in RELEASED]
    assert not any(face.remarks for face in faces)


def test_each_keyframe_has_a_request_of_its_own_that_tells_of_all(teaching: School) -> None:
    words = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")
    told = tuple(Description(f"Face {i}.") for i in range(8))
    teacher = connect(patient(teaching)[0], MODEL)
    faces = teacher.plan(Prompt("Halt!", "fear", "A gate.", told)).faces
    assert [by_name(face.values)["JawForward"] for face in faces] == pytest.approx([0.1] + [0.0] * 7)
    assert sorted(body["messages"][1]["content"] for body in teaching.asked) == sorted(
        "Keyframe Description Sequence:\n"
        "- Keyframe One: Face 0.\n- Keyframe Two: Face 1.\n- Keyframe Three: Face 2.\n- Keyframe Four: Face 3.\n"
        "- Keyframe Five: Face 4.\n- Keyframe Six: Face 5.\n- Keyframe Seven: Face 6.\n- Keyframe Eight: Face 7.\n"
        f"\nBackground: A gate.\nEmotion: fear\n"
        f"\nTask Instruction: Generate the facial expression parameters for Keyframe {word}."
        for word in words
    )


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


@pytest.mark.parametrize("slow", [tricks.dripping, tricks.endless])
def test_an_answer_that_does_not_end_is_given_up_at_its_deadline(teaching: School, slow: Trick) -> None:
    teaching.tricks.append(slow)
    with pytest.raises(AnswerError, match=r"no whole answer in 0.5 s \(1 attempts\)"):
        patient(teaching, timeout=0.5, attempts=1)[0].ask(QUERY)


def _giving(data: bytes, **headers: str) -> Trick:
    return lambda pupil: pupil.give(200, data, {name.replace("_", "-"): value for name, value in headers.items()})


FINAL: dict[str, tuple[Trick, str]] = {
    "another model": (tricks.lying, f"asked '{MODEL}', answered as 'something-cheap-3b'"),
    "no model's name": (lambda pupil: pupil.give(200, pupil.completion(model=None)), "without a model's name"),
    "no permission": (tricks.failing(401), "answered 401, expected 200"),
    "a wrong path": (tricks.failing(404), "answered 404, expected 200"),
    "a redirect": (tricks.failing(302, Location="https://elsewhere.test/"), "200: go to 'https://elsewhere.test/'"),
    "a page to log in": (_giving(b"<html>", Content_Type="text/html"), "the answer is text/html, expected JSON"),
    "events": (_giving(b"data: {}\n\n", Content_Type="text/event-stream"), "is text/event-stream, expected JSON"),
    "a packed answer": (_giving(gzip.compress(b"{}"), Content_Encoding="gzip"), "is packed as 'gzip'"),
    "an error that says it is none": (_giving(b'{"error": {"message": "no credit"}}'), "the answer is an error: "),
    "a bad request": (tricks.failing(400), "answered 400"),
    "an array": (lambda pupil: pupil.give(200, b"[]"), "the answer is list, expected an object"),
    "no choices": (lambda pupil: pupil.give(200, pupil.completion(choices=[])), "the answer has no message"),
    "a choice of nothing": (lambda pupil: pupil.give(200, pupil.completion(choices=[{}])), "the answer has no message"),
    "too much": (lambda pupil: pupil.give(200, b" " * 3_000_000), "longer than"),
}  # fmt: skip


@pytest.mark.parametrize("how", FINAL)
def test_asking_again_would_not_help_against(teaching: School, how: str) -> None:
    trick, message = FINAL[how]
    teaching.tricks.append(trick)
    with pytest.raises(TeacherError) as refused:
        patient(teaching)[0].ask(QUERY)
    assert message in str(refused.value) and len(str(refused.value)) < 400
    assert len(teaching.raw) == 1


def saying_instead(**message: object) -> Trick:
    choice = {"message": {"role": "assistant", "content": None} | message, "finish_reason": "stop"}
    return lambda pupil: pupil.give(200, pupil.completion(choices=[choice]))


@pytest.mark.parametrize(
    ("trick", "message"),
    [
        (saying_instead(), "Keyframe_one: the answer has no text$"),
        (saying_instead(tool_calls=[{"function": {"name": "face", "arguments": "{}"}}]), "no text, but tool_calls$"),
        (saying_instead(reasoning_content=answer(FIRST, 0)), "no text, but reasoning_content$"),
        (saying_instead(refusal="I must not.", content=[{"type": "image"}]), "no text, but content, refusal$"),
        (saying_instead(**{"\x1b[2J": 1}), r"no text, but \?\[2J$"),
        (tricks.saying(None, finish_reason="length"), "Keyframe_one: the answer was cut at 300 tokens$"),
    ],
)  # fmt: skip
def test_what_came_where_no_text_is_is_named(teaching: School, trick: Trick, message: str) -> None:
    teaching.tricks.append(trick)
    with pytest.raises(AnswerError, match=message):
        connect(patient(teaching)[0], MODEL).plan(Prompt("", descriptions=(Description("smile"),)))


def test_a_text_may_come_in_parts_and_beside_a_thought(teaching: School) -> None:
    text = answer(FIRST, 0)
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": answer(SECOND, 0)}]}
    parts = [thought, {"type": "text", "text": text[:99]}, {"type": "text", "text": text[99:]}, "x", None]
    teaching.tricks += [tricks.saying(parts), saying_instead(content=text, reasoning_content=answer(SECOND, 0))]
    endpoint, _ = patient(teaching)
    assert endpoint.ask(QUERY).text == endpoint.ask(QUERY).text == text


def test_json_mode_is_asked_for_and_left_where_it_is_refused(teaching: School) -> None:
    teaching.tricks += [tricks.honest] + [tricks.refusing_json_mode] * 9
    endpoint, _ = patient(teaching)
    wanting = replace(QUERY, json_mode=True)
    assert [endpoint.ask(wanting).text for _ in range(3)] == [answer(FIRST, 0)] * 3
    asked = [body.pop("response_format", None) for body in teaching.asked]
    assert asked == [{"type": "json_object"}, {"type": "json_object"}, None, None]
    assert all(body == teaching.asked[0] for body in teaching.asked)


def test_a_request_that_is_refused_for_something_else_stays_in_json_mode(teaching: School) -> None:
    teaching.tricks += [tricks.failing(400)] * 2
    endpoint, _ = patient(teaching)
    wanting = replace(QUERY, json_mode=True)
    with pytest.raises(AnswerError, match="answered 400"):
        endpoint.ask(wanting)
    endpoint.ask(wanting)
    assert ["response_format" in body for body in teaching.asked] == [True, False, True]


def test_garbage_in_json_mode_is_survived(teaching: School) -> None:
    teacher = connect(patient(teaching)[0], MODEL, json_mode=True)
    for garbage in ("{}", '{"a": [1, 2', '{"keyframes": {}}', "[]", "null", '"Brows down."', '{"\\ud800": NaN}'):
        teaching.tricks.append(tricks.saying(garbage))
        with pytest.raises(AnswerError, match="^scene: "):
            teacher.plan(HALT)
    assert all(body["response_format"] == {"type": "json_object"} for body in teaching.asked)
    assert len(teacher.plan(HALT).faces) == 2


def test_a_server_without_tls_and_one_that_nobody_vouches_for_are_told_of_at_once(
    teaching: School, tmp_path: Path
) -> None:
    waits = Waits()
    endpoint = Endpoint(teaching.url.replace("http", "https"), sleep=waits)
    with pytest.raises(TeacherError, match="wrong version number"):
        endpoint.ask(QUERY)
    with school(certified(tmp_path)) as other, pytest.raises(TeacherError, match="certificate verify failed"):
        Endpoint(other.url, sleep=waits).ask(QUERY)
    assert not teaching.raw and not other.raw and not waits


def certified(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody has signed."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    names = [str(folder / "key.pem"), str(folder / "certificate.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere.test"]
    subprocess.run([*command, "-keyout", names[0], "-out", names[1]], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(names[1], names[0])
    return context


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
