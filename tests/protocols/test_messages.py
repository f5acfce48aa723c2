import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import messages as m
from protocols.arkit import CHANNELS
from protocols.errors import DecodeError
from protocols.profiles import Profile

SMILE = tuple(0.25 if name.startswith("MouthSmile") else 0.0 for name in CHANNELS)
BY_NAME = dict(zip(CHANNELS, SMILE, strict=True))
LITERALS: list[tuple[str, m.Message]] = [
    (
        '{"type":"line","character":"guard","text":"Halt!","emotion":"suspicious","background":"Night.","id":"q12-004",'
        '"duration":2.4,"delay":0.35,"when":"interrupt","priority":2,"ttl":10,"intensity":0.5,'
        '"phones":[["HH",0.0,0.08],["AO",0.08,0.2]],"audio":"halt.wav","keyframes":[{"text":"left brow up","at":0.2,'
        '"onset":"snap"}]}',
        m.Line(
            "guard", "Halt!", "suspicious", "Night.", "q12-004", 2.4, 0.35, "interrupt", 2, 10.0, 0.5,
            (m.Phone("HH", 0.0, 0.08), m.Phone("AO", 0.08, 0.2)), "halt.wav",
            (m.KeyframeCue("left brow up", 0.2, "snap"),),
        ),
    ),
    ('{"type":"line","character":"guard","text":"Halt!","delay":"signal"}', m.Line("guard", "Halt!", delay="signal")),
    ('{"type":"stop","character":"guard","fade":0.5}', m.Stop("guard", 0.5)),
    ('{"type":"stop","character":"*"}', m.Stop("*")),
    ('{"type":"mood","character":"guard","emotion":"weary","intensity":0.5}', m.Mood("guard", "weary", 0.5)),
    ('{"type":"gaze","character":"guard","yaw":0.2,"pitch":-0.1}', m.Gaze("guard", 0.2, -0.1)),
    ('{"type":"gaze","character":"guard","yaw":null,"pitch":null}', m.Gaze("guard", None, None)),
    ('{"type":"listen","character":"guard","to":"thief","yaw":0.2}', m.Listen("guard", "thief", 0.2)),
    ('{"type":"listen","character":"guard","to":null}', m.Listen("guard", None)),
    (
        '{"type":"profile","character":"guard","profile":{"gain":{"JawOpen":0.5},"still":0.0}}',
        m.Fit("guard", Profile(gain={"JawOpen": 0.5}, still=0.0)),
    ),
    ('{"type":"clock","scale":0.5}', m.Clock(0.5)),
    ('{"type":"explain","character":"guard"}', m.Explain("guard")),
    (
        '{"type":"explained","character":"guard","t":1.5,"channels":{"JawOpen":{"value":0.2,"speech":0.2}}}',
        m.Explained("guard", 1.5, {"JawOpen": {"value": 0.2, "speech": 0.2}}),
    ),
    (
        '{"type":"plan","id":"p1","text":"Halt!","emotion":"suspicious","duration":2.4,'
        '"keyframes":[{"text":"a smile"}]}',
        m.Plan("p1", "Halt!", "suspicious", duration=2.4, keyframes=(m.KeyframeCue("a smile"),)),
    ),
    ('{"type":"choose","id":"q12-004","choice":"left"}', m.Choose("q12-004", "left")),
    ('{"type":"choose","id":"q12-004","choice":null}', m.Choose("q12-004", None)),
    ('{"type":"pair","number":40,"total":40,"last":"b"}', m.Pair(40, 40, last="b")),
    (
        json.dumps({"type": "pair", "number": 12, "total": 40, "id": "a", "last": "b", "text": "Halt!",
                    "emotion": "joy", "background": "Night.",
                    "left": [{"at": 0.2, "onset": "ease", "text": "x", "values": BY_NAME}],
                    "right": [{"at": 0.3, "onset": "snap", "text": "y", "values": BY_NAME}]}),
        m.Pair(12, 40, "a", "b", "Halt!", "joy", "Night.", (m.PlannedKeyframe(0.2, "ease", "x", BY_NAME),),
               (m.PlannedKeyframe(0.3, "snap", "y", BY_NAME),)),
    ),
    ('{"type":"audio_started","id":"q12-004"}', m.AudioStarted("q12-004")),
    ('{"type":"subscribe","characters":["guard"],"format":"binary","rate":30}', m.Subscribe(("guard",), "binary", 30)),
    ('{"type":"subscribe"}', m.Subscribe()),
    (
        json.dumps({"type": "hello", "version": 1, "fps": 60, "names": CHANNELS, "units": {"rotations": "radians"},
                    "characters": ["guard"], "model": "rules"}),
        m.Hello(1, 60, CHANNELS, {"rotations": "radians"}, ("guard",), "rules"),
    ),
    ('{"type":"accepted","id":"a","position":0}', m.Accepted("a", 0)),
    (
        json.dumps({"type": "planned", "id": "a",
                    "keyframes": [{"at": 0.2, "onset": "ease", "text": "x", "values": BY_NAME}]}),
        m.Planned("a", (m.PlannedKeyframe(0.2, "ease", "x", BY_NAME),)),
    ),
    (
        json.dumps({"type": "planned", "id": "a", "duration": 1.5,
                    "keyframes": [{"at": 0.2, "onset": "ease", "text": "x", "values": BY_NAME}]}),
        m.Planned("a", (m.PlannedKeyframe(0.2, "ease", "x", BY_NAME),), 1.5),
    ),
    ('{"type":"started","id":"a","frame":1042,"time":17.5}', m.Started("a", 1042, 17.5)),
    ('{"type":"finished","id":"a","reason":"done"}', m.Finished("a", "done")),
    ('{"type":"finished","id":"a","reason":"refused","message":"busy"}', m.Finished("a", "refused", "busy")),
    ('{"type":"error","code":"bad_json","message":"no"}', m.Error("bad_json", "no")),
    ('{"type":"error","code":"refused","message":"no","id":"a"}', m.Error("refused", "no", "a")),
]  # fmt: skip
LINE = {"type": "line", "character": "guard", "text": "Halt!"}


@pytest.mark.parametrize(("text", "message"), LITERALS)
def test_a_message_is_read_and_written_as_the_contract_says(text: str, message: m.Message) -> None:
    assert m.decode(text) == message
    assert m.decode(text.encode()) == message
    assert json.loads(m.encode(message)) == json.loads(text)


def test_the_values_of_a_keyframe_are_by_name_and_the_rest_is_zero() -> None:
    text = json.dumps(LINE | {"keyframes": [{"values": {"MouthSmileLeft": 0.25, "MouthSmileRight": 0.25}}]})
    message = m.decode(text)
    assert isinstance(message, m.Line) and message.keyframes[0].values == SMILE
    assert m.decode(m.encode(message)) == message


def test_one_null_angle_gives_the_eyes_back() -> None:
    assert m.decode('{"type":"gaze","character":"guard","yaw":null}') == m.Gaze("guard", None, None)


def test_an_empty_text_is_a_silent_reaction_when_something_says_what_to_act() -> None:
    for more in ({"emotion": "joy"}, {"background": "A door slams."}, {"keyframes": [{"text": "flinches"}]}):
        assert isinstance(m.decode(json.dumps(LINE | {"text": ""} | more)), m.Line)


BAD: list[tuple[object, str, str]] = [
    ("{", "bad_json", "not JSON"),
    (b"\xff\xfe{", "bad_json", "not JSON"),
    (json.dumps({"type": "subscribe"}).encode("utf-16"), "bad_json", "not JSON"),
    (b'{"type":"stop","character":"\xed\xa0\x80"}', "bad_json", "not JSON"),
    ('{"type":' * 30_000, "bad_json", "nested too deeply"),
    ('{"type":"stop","character":"a","fade":' + "9" * 5000 + "}", "bad_json", "not JSON"),
    (json.dumps({"text": "ö" * 150_000}, ensure_ascii=False), "too_long", "is 300012 bytes, expected at most 262144"),
    ("[" * 100_000, "bad_json", "nested too deeply"),
    ('{"type":"stop","character":"a","fade":NaN}', "bad_json", "NaN"),
    ('{"type":"stop","character":"a","fade":-Infinity}', "bad_json", "-Infinity"),
    ('{"type":"stop","character":"a","fade":1e999}', "out_of_range", "fade is inf, expected 0..10"),
    ("[]", "bad_message", "message is an array, expected an object"),
    ("3", "bad_message", "message is 3"),
    ({}, "missing_field", "type is missing"),
    ({"type": 3}, "wrong_type", "type is 3, expected a string"),
    ({"type": "dance"}, "unknown_type", "unknown type 'dance', expected one of line, stop"),
    (LINE | {"colour": 1, "size": 2}, "unknown_field", "'colour', 'size'"),
    ({"type": "line", "character": "guard"}, "missing_field", "text is missing"),
    ({"type": "line", "text": "x"}, "missing_field", "character is missing"),
    (LINE | {"text": ""}, "too_short", "text is blank, expected 1..2000 characters or an emotion"),
    (LINE | {"text": " \n"}, "too_short", "text is blank"),
    (LINE | {"text": "a" * 2001}, "too_long", "text is 2001 characters, expected 0..2000"),
    (LINE | {"text": "a" * 300_000}, "too_long", "message is 300"),
    (LINE | {"text": 5}, "wrong_type", "text is 5, expected a string"),
    (LINE | {"text": None}, "wrong_type", "text is null"),
    (LINE | {"text": "\ud800"}, "wrong_type", "surrogate"),
    (LINE | {"character": ""}, "too_short", "character is 0 characters, expected 1..64"),
    (LINE | {"character": "a" * 65}, "too_long", "character is 65 characters"),
    (LINE | {"character": "ö" * 33}, "too_long", "character is 66 bytes"),
    (LINE | {"character": "a\nb"}, "wrong_type", "control character"),
    (LINE | {"character": "*"}, "out_of_range", "expected one character"),
    (LINE | {"character": ["a"]}, "wrong_type", "character is an array"),
    (LINE | {"id": ""}, "too_short", "id is 0"),
    (LINE | {"id": "a" * 129}, "too_long", "id is 129 characters, expected 1..128"),
    (LINE | {"id": "a\x00"}, "wrong_type", "id holds a control character"),
    (LINE | {"id": 7}, "wrong_type", "id is 7, expected a string"),
    (LINE | {"emotion": "a" * 201}, "too_long", "emotion is 201 characters, expected 0..200"),
    (LINE | {"background": "a" * 2001}, "too_long", "background is 2001 characters, expected 0..2000"),
    (LINE | {"background": "a" * 100_000}, "too_long", "background is 100000 characters"),
    (LINE | {"duration": 0}, "out_of_range", "duration is 0, expected 0.001..600"),
    (LINE | {"duration": 601}, "out_of_range", "duration is 601"),
    (LINE | {"duration": "2"}, "wrong_type", "duration is '2', expected a number"),
    (LINE | {"duration": True}, "wrong_type", "duration is true"),
    (LINE | {"duration": 10**400}, "out_of_range", "more than 64 bits"),
    (LINE | {"delay": "later"}, "wrong_type", "delay is 'later', expected a number or 'signal'"),
    (LINE | {"delay": False}, "wrong_type", "delay is false, expected a number"),
    (LINE | {"delay": 61}, "out_of_range", "delay is 61, expected 0..60"),
    (LINE | {"audio": ""}, "too_short", "audio is 0 characters"),
    (LINE | {"when": "x" * 50_000}, "out_of_range", "when is 'x{39}\\.\\.\\."),
    (LINE | {"delay": -1}, "out_of_range", "delay is -1"),
    (LINE | {"when": "now"}, "out_of_range", "when is 'now', expected one of queue, interrupt, if_idle"),
    (LINE | {"priority": 1.5}, "wrong_type", "priority is 1.5, expected a whole number"),
    (LINE | {"priority": True}, "wrong_type", "priority is true, expected a whole number"),
    (LINE | {"priority": 1001}, "out_of_range", "priority is 1001"),
    (LINE | {"ttl": 0}, "out_of_range", "ttl is 0"),
    (LINE | {"ttl": 86401}, "out_of_range", "ttl is 86401"),
    (LINE | {"intensity": 2.5}, "out_of_range", "intensity is 2.5, expected 0..2"),
    (LINE | {"phones": [["A", 1, 0.5]]}, "out_of_range", "runs backwards"),
    (LINE | {"phones": [["A", 1, 2], ["B", 0, 1]]}, "out_of_range", r"phones\[1\] runs backwards"),
    (LINE | {"phones": [["A", -1, 2]]}, "out_of_range", r"phones\[0\] is -1"),
    (LINE | {"phones": [["A" * 9, 0, 1]]}, "too_long", r"phones\[0\] is 9 characters, expected 0..8"),
    (LINE | {"phones": [["A", 0, 1]] * 4001}, "too_long", "phones has 4001 entries, expected at most 4000"),
    (LINE | {"phones": [["A", 1]]}, "wrong_type", r"phones\[0\] has 2 entries"),
    (LINE | {"phones": [["AA", 1, 1]]}, "out_of_range", r"phones\[0\] lasts 0 seconds"),
    (LINE | {"phones": [["AA", 0, 1], ["B", 0.9, 2]]}, "out_of_range", r"phones\[1\] overlaps .* by 100 ms"),
    (LINE | {"phones": [["QQ", 0, 1]]}, "out_of_range", r"phones\[0\]: unknown phone 'QQ'"),
    (LINE | {"phones": "AA"}, "wrong_type", "phones is 'AA', expected an array"),
    (LINE | {"keyframes": [{}]}, "missing_field", r"keyframes\[0\] has neither text nor values"),
    (LINE | {"keyframes": [{"text": "x"}] * 9}, "too_long", "keyframes has 9 entries, expected at most 8"),
    (LINE | {"keyframes": [{"text": "x", "at": 0.5}, {"text": "y", "at": 0.4}]}, "out_of_range", "run backwards"),
    (
        LINE | {"keyframes": [{"text": "x", "at": 1.5}]},
        "out_of_range",
        r"keyframes\[0\].at is 1.5, expected -0.25..1.25",
    ),
    (LINE | {"keyframes": [{"values": {"Jaw": 0.5}}]}, "unknown_channel", "unknown channel 'Jaw'"),
    (LINE | {"keyframes": [{"values": {"JawOpen": -0.5}}]}, "out_of_range", "JawOpen is -0.5, expected 0..1"),
    (LINE | {"keyframes": [{"values": {"JawOpen": 2}}]}, "out_of_range", "JawOpen is 2, expected 0..1"),
    (LINE | {"keyframes": [{"values": {"HeadYaw": -1.5}}]}, "out_of_range", "HeadYaw is -1.5, expected -1..1"),
    (LINE | {"keyframes": [{"values": {"J" * 50_000: 0}}]}, "unknown_channel", "unknown channel 'J{40}'$"),
    (LINE | {"keyframes": [{"values": {"\ud800": "x"}}]}, "unknown_channel", r"unknown channel '\\ud800'"),
    (LINE | {"keyframes": [{"text": "x" * 501}]}, "too_long", r"keyframes\[0\].text is 501 characters"),
    (LINE | {"keyframes": [{"text": "x", "onset": "now"}]}, "out_of_range", r"keyframes\[0\].onset is 'now'"),
    (LINE | {"keyframes": [{"values": {"JawOpen": "x"}}]}, "wrong_type", "JawOpen is 'x'"),
    (LINE | {"keyframes": [{"words": "x"}]}, "unknown_field", r"keyframes\[0\].words"),
    ({"type": "stop", "character": "*", "fade": 11}, "out_of_range", "fade is 11, expected 0..10"),
    ({"type": "mood", "character": "*", "emotion": ""}, "out_of_range", "expected one character"),
    ({"type": "audio_started"}, "missing_field", "id is missing"),
    ({"type": "finished", "id": "a", "reason": "bored"}, "out_of_range", "reason is 'bored', expected one of done"),
    ({"type": "planned", "id": "a", "keyframes": [{"text": "x"}]}, "missing_field", "at, onset and values"),
    (
        {"type": "planned", "id": "a", "keyframes": [{"onset": "snap", "values": {}}]},
        "missing_field",
        "at, onset and values",
    ),
    (
        {"type": "hello", "version": 1, "fps": 60, "names": [], "units": {"\ud800": ""}, "characters": [], "model": ""},
        "wrong_type",
        "units holds half a surrogate pair",
    ),
    ({"type": "gaze", "character": "a"}, "missing_field", "yaw is missing"),
    ({"type": "gaze", "character": "a", "yaw": 0.1}, "missing_field", "pitch is missing"),
    ({"type": "gaze", "character": "a", "yaw": 2, "pitch": 0}, "out_of_range", "yaw is 2"),
    ({"type": "subscribe", "format": "xml"}, "out_of_range", "format is 'xml', expected one of json, binary"),
    ({"type": "choose", "id": "a"}, "missing_field", "choice is missing"),
    ({"type": "choose", "id": "a", "choice": "both"}, "out_of_range", "choice is 'both', expected one of left, right"),
    ({"type": "pair", "number": 1, "total": 20000}, "out_of_range", "total is 20000, expected 0..10000"),
    ({"type": "pair", "number": 1, "total": 1, "left": [{"text": "x"}]}, "missing_field", "keyframes want at, onset"),
    ({"type": "subscribe", "rate": 0}, "out_of_range", "rate is 0, expected 1..60"),
    ({"type": "subscribe", "characters": "guard"}, "wrong_type", "characters is 'guard', expected an array"),
    ({"type": "subscribe", "characters": ["a"] * 4097}, "too_long", "characters has 4097 entries"),
    ({"type": "subscribe", "characters": ["\t"]}, "wrong_type", r"characters\[0\] holds a control character"),
    ({"type": "mood", "character": "a"}, "missing_field", "emotion is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "code", "said"), BAD)
def test_a_bad_message_is_refused_naming_the_field_and_the_bound(bad: object, code: str, said: str) -> None:
    with pytest.raises(DecodeError, match=said) as refused:
        m.decode(bad if isinstance(bad, (str, bytes)) else json.dumps(bad))
    assert refused.value.code == code
    assert len(str(refused.value).encode()) < 300


def test_an_error_knows_the_line_it_is_about() -> None:
    with pytest.raises(DecodeError) as refused:
        m.decode(json.dumps(LINE | {"id": "q7", "duration": -1}))
    assert refused.value.line_id == "q7"


def test_an_error_about_a_line_without_a_readable_id_names_none() -> None:
    with pytest.raises(DecodeError) as refused:
        m.decode(json.dumps(LINE | {"id": "a\nb", "duration": -1}))
    assert refused.value.line_id is None


def test_a_field_that_stands_twice_is_refused() -> None:
    with pytest.raises(DecodeError, match="'text' stands twice") as caught:
        m.decode('{"type":"line","character":"guard","text":"Go!","text":"Stay!"}')
    assert caught.value.code == "bad_message"


def test_a_byte_order_mark_before_utf_8_is_skipped() -> None:
    assert m.decode(b'\xef\xbb\xbf{"type":"subscribe"}') == m.Subscribe()


def test_phone_symbols_are_counted_in_characters_as_ipa_takes_several_bytes_for_one() -> None:
    line = m.decode(json.dumps(LINE | {"phones": [["ˈt͡ʃʰː", 0, 0.1]]}))
    assert isinstance(line, m.Line) and line.phones == (m.Phone("ˈt͡ʃʰː", 0.0, 0.1),)


TOO_LONG = r"message is \d+ bytes, expected at most 262144"


def with_audio(size: int, **more: object) -> str:
    return json.dumps(LINE | {"id": "q7", "audio": "/w" * (size // 2)} | more)


def test_a_line_with_audio_may_be_as_long_as_its_audio_in_base64() -> None:
    text = with_audio(m.MAX_AUDIO)
    audio = "/w" * (m.MAX_AUDIO // 2)
    for data in (text, text.encode(), text.replace("/", "\\/")):
        line = m.decode(data)
        assert isinstance(line, m.Line) and line.audio == audio and line.id == "q7"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (with_audio(m.MAX_AUDIO + 2), "audio is 13981018 characters, expected 1..13981016"),
        (with_audio(300_000, text="x" * 300_000), TOO_LONG),
        (with_audio(300_000, type="stop"), TOO_LONG),
        (with_audio(300_000, phones={"audio": "x"}), "phones has 0 of"),
        (with_audio(300_000).replace("audio", "emotion"), TOO_LONG),
        (with_audio(300_000).replace("w/", "w\\n", 1), "audio is long and not base64"),
        (with_audio(300_000).replace("w/", "w ", 1), "audio is long and not base64"),
        (with_audio(300_000, audio="") + with_audio(300_000), TOO_LONG),
        ('{"audio":"' + "A" * 300_000, TOO_LONG),
        (with_audio(300_000, character=""), "character is 0 characters"),
    ],
)
def test_nothing_but_the_audio_of_a_line_may_be_long(bad: str, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        m.decode(bad)


def test_planned_keyframes_have_all_the_channels() -> None:
    keyframe = {"at": 0, "onset": "snap", "text": "x", "values": {"JawOpen": 1}}
    planned = m.decode(json.dumps({"type": "planned", "id": "a", "keyframes": [keyframe]}))
    assert isinstance(planned, m.Planned)
    assert planned.keyframes[0].values == dict.fromkeys(CHANNELS, 0.0) | {"JawOpen": 1.0}


def test_what_is_not_finite_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        m.encode(m.Started("a", 1, math.nan))


plain = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=16).filter(
    lambda name: name != "*"
)
unit = st.floats(0, 1)
times = st.floats(0.001, 60)
onsets = st.sampled_from(["snap", "ease", "slow"])
faces = st.dictionaries(st.sampled_from(CHANNELS), unit, max_size=4).map(
    lambda given: tuple(given.get(name, 0.0) for name in CHANNELS)
)
cues = st.lists(
    st.builds(m.KeyframeCue, plain, unit, st.none() | onsets, st.none() | faces)
    | st.builds(m.KeyframeCue, st.just(""), unit, onsets, faces),
    max_size=8,
).map(lambda given: tuple(sorted(given, key=lambda cue: cue.at or 0.0)))
untimed = st.lists(st.builds(m.KeyframeCue, plain, st.none(), onsets, st.none() | faces), max_size=8).map(tuple)
planned = st.lists(
    st.builds(m.PlannedKeyframe, unit, onsets, plain, faces.map(lambda row: dict(zip(CHANNELS, row, strict=True)))),
    max_size=8,
).map(lambda given: tuple(sorted(given, key=lambda keyframe: keyframe.at)))
lines = st.builds(
    m.Line,
    names,
    plain,
    plain,
    plain,
    st.none() | names,
    st.none() | times,
    times | st.just("signal"),
    st.sampled_from(["queue", "interrupt", "if_idle"]),
    st.integers(-1000, 1000),
    st.none() | times,
    unit,
    st.none()
    | st.dictionaries(st.integers(0, 3000), st.sampled_from(["AA1", "B", "sp", "ʃ"]), max_size=3).map(
        lambda spoken: tuple(m.Phone(symbol, t / 50, (t + 1) / 50) for t, symbol in sorted(spoken.items()))
    ),
    st.none() | plain,
    cues | untimed,
)
everything = st.one_of(
    lines,
    st.builds(m.Stop, names | st.just("*"), unit),
    st.builds(m.Mood, names, plain, unit),
    st.builds(m.Gaze, names, unit, unit) | st.builds(m.Gaze, names, st.none(), st.none()),
    st.builds(m.Subscribe, st.lists(names).map(tuple), st.sampled_from(["json", "binary"]), st.integers(1, m.MAX_RATE)),
    st.builds(
        m.Hello,
        st.integers(0, 9),
        st.just(60),
        st.just(CHANNELS),
        st.dictionaries(plain, plain, max_size=3),
        st.lists(names).map(tuple),
        plain,
    ),
    st.builds(m.Planned, names, planned),
    st.builds(m.AudioStarted, names),
    st.builds(m.Accepted, names, st.integers(0, 99)),
    st.builds(m.Started, names, st.integers(0, 2**53), unit),
    st.builds(m.Finished, names, st.sampled_from(["done", "stopped"]), plain),
    st.builds(m.Error, plain, plain, st.none() | names),
)


@given(everything)
def test_what_is_written_is_read_back(message: m.Message) -> None:
    assert m.decode(m.encode(message)) == message


@given(st.text(st.characters()) | st.binary())
def test_any_text_is_a_message_or_a_decode_error(data: str | bytes) -> None:
    with contextlib.suppress(DecodeError):
        m.decode(data)


any_text = st.text(st.characters() | st.characters(categories=["Cs", "Cc"]), max_size=5)  # half pairs and controls too
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "at", "values", "JawOpen"]) | any_text, inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(list(m._DECODERS)),
    st.dictionaries(
        st.sampled_from(
            ["character", "text", "id", "duration", "delay", "phones", "keyframes", "yaw", "names", "units", "rate"]
        )
        | any_text,
        json_values,
        max_size=6,
    ),
)
def test_any_fields_are_a_message_or_an_error_that_can_be_sent(kind: str, fields: dict[str, object]) -> None:
    try:
        message = m.decode(json.dumps(fields | {"type": kind}))
    except DecodeError as error:
        message = m.Error(error.code, str(error), error.line_id)
    assert m.decode(m.encode(message).encode()) == message


def test_a_message_that_names_no_type_takes_the_one_it_came_under() -> None:
    assert m.decode('{"character": "guard"}', kind="stop") == m.Stop("guard")
    assert m.decode('{"type": "stop", "character": "guard"}', kind="line") == m.Stop("guard")


def test_every_type_has_the_word_that_its_json_has() -> None:
    for message in (m.Stop("guard"), m.Fit("guard", Profile()), m.Accepted("a", 0)):
        assert json.loads(m.encode(message))["type"] == m.kind_of(message)
