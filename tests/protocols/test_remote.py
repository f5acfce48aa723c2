import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import messages, osc, remote
from protocols.errors import DecodeError
from protocols.osc import Argument, Message


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        (Message("/facecue/line", ("guard", "Halt!")), messages.Line("guard", "Halt!")),
        (Message("/facecue/line", ("guard", "Halt!", "angry")), messages.Line("guard", "Halt!", "angry")),
        (
            Message("/facecue/line", ("Wächter", "Halt!", "", "Night.")),
            messages.Line("Wächter", "Halt!", "", "Night."),
        ),
        (Message("/facecue/stop", ("*",)), messages.Stop("*")),
        (Message("/facecue/stop", ("guard", 0.5)), messages.Stop("guard", 0.5)),
        (Message("/facecue/gaze", ("guard", 0.25, -0.5)), messages.Gaze("guard", 0.25, -0.5)),
        (Message("/facecue/gaze", ("guard", 0, 1)), messages.Gaze("guard", 0.0, 1.0)),
        (Message("/facecue/gaze", ("guard", None, None)), messages.Gaze("guard", None, None)),
        (Message("/facecue/gaze", ("guard",)), messages.Gaze("guard", None, None)),
        (Message("/facecue/mood", ("guard", "weary")), messages.Mood("guard", "weary")),
        (Message("/facecue/mood", ("guard", "weary", 0.5)), messages.Mood("guard", "weary", 0.5)),
    ],
)
def test_an_address_and_its_arguments_are_a_message(message: Message, meant: messages.Message) -> None:
    assert remote.decode(message) == meant
    assert remote.decode(Message("/sesame" + message.address, message.arguments), "sesame") == meant


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (Message("/facecue/dance", ("guard",)), "address is '/facecue/dance', expected one of /facecue/line, "),
        (Message("/avatar/line", ("guard", "Halt!")), "address is '/avatar/line'"),
        (Message("/facecue/line/x", ("guard", "Halt!")), "address is '/facecue/line/x'"),
        (Message("/" + "x" * 5000), "address is '/xxx"),
        (Message("/facecue/line", ("guard",)), "has 1 arguments, expected character text [emotion] [background]"),
        (Message("/facecue/line", ("g", "a", "b", "c", "d")), "has 5 arguments"),
        (Message("/facecue/stop"), "has 0 arguments, expected character [fade]"),
        (Message("/facecue/line", ("guard", 3)), "text is 3, expected a string"),
        (Message("/facecue/line", ("guard", b"Halt!")), "text is a blob of 5 bytes"),
        (Message("/facecue/line", ("guard", "x" * 2001)), "text is 2001 characters"),
        (Message("/facecue/line", ("*", "Halt!")), "character is '*'"),
        (Message("/facecue/gaze", ("guard", 0.1)), "pitch is missing"),
        (Message("/facecue/gaze", ("guard", 9.0, 0.0)), "yaw is 9.0, expected -1.5708..1.5708"),
        (Message("/facecue/mood", ("guard", "sad", True)), "intensity is true, expected a number"),
    ],
)
def test_what_cannot_be_meant_is_named(message: Message, said: str) -> None:
    with pytest.raises(DecodeError) as caught:
        remote.decode(message)
    assert said in str(caught.value) and len(str(caught.value)) < 200


@pytest.mark.parametrize("address", ["/facecue/stop", "/open/facecue/stop", "/sesam/facecue/stop", "//facecue/stop"])
def test_a_wrong_token_is_refused_and_the_right_one_is_not_told(address: str) -> None:
    with pytest.raises(DecodeError) as caught:
        remote.decode(Message(address, ("*",)), "sesame")
    assert caught.value.code == "forbidden" and "sesame" not in str(caught.value)


def test_a_token_that_nobody_asked_for_is_refused_too() -> None:
    with pytest.raises(DecodeError, match="nothing before it"):
        remote.decode(Message("/sesame/facecue/stop", ("*",)))


ARGUMENTS: st.SearchStrategy[Argument] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), st.binary(max_size=10)
)


@given(st.sampled_from(["line", "stop", "gaze", "mood"]), st.lists(ARGUMENTS, max_size=6))
def test_any_arguments_are_a_message_or_a_named_error(kind: str, arguments: list[Argument]) -> None:
    try:
        found = remote.decode(Message(f"/facecue/{kind}", tuple(arguments)))
    except DecodeError as error:
        assert str(error)
    else:
        assert messages.decode(messages.encode(found)) == found


@given(st.binary(max_size=200))
def test_any_bytes_are_messages_or_named_errors(data: bytes) -> None:
    try:
        for message in osc.messages(osc.decode(data)):
            remote.decode(message)
    except DecodeError as error:
        assert str(error)
