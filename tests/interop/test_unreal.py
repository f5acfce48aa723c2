"""The script for Unreal's editor runs against a stub that knows what the documentation of the Python API promises."""

import runpy
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, TracebackType

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "unreal" / "select_subject.py"


@dataclass(frozen=True)
class LiveLinkSubjectName:
    name: str = "None"


@dataclass
class Actor:
    label: str
    variables: dict[str, object] = field(default_factory=dict)

    def get_actor_label(self) -> str:
        return self.label

    def get_editor_property(self, name: str) -> object:
        if name not in self.variables:
            raise Exception(f"{self.label} has no {name}")
        return self.variables[name]

    def set_editor_property(self, name: str, value: object) -> None:
        assert isinstance(value, type(self.get_editor_property(name)))
        assert Transaction.is_open
        self.variables[name] = value


class Transaction:
    is_open = False

    def __init__(self, description: str) -> None:
        self.description = description

    def __enter__(self) -> "Transaction":
        Transaction.is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        Transaction.is_open = False


class EditorActorSubsystem:
    def __init__(self, actors: Iterable[Actor]) -> None:
        self._actors = list(actors)

    def get_all_level_actors(self) -> list[Actor]:
        return self._actors


class Editor(ModuleType):
    """The module `unreal`, with a level open."""

    def __init__(self, *actors: Actor) -> None:
        super().__init__("unreal")
        self.told: list[str] = []
        self.LiveLinkSubjectName = LiveLinkSubjectName
        self.ScopedEditorTransaction = Transaction
        self.EditorActorSubsystem = EditorActorSubsystem
        self.log = self.log_warning = self.log_error = self.told.append
        self._level = EditorActorSubsystem(actors)

    def get_editor_subsystem(self, kind: type[EditorActorSubsystem]) -> EditorActorSubsystem:
        assert kind is EditorActorSubsystem
        return self._level


def old(label: str) -> Actor:
    return Actor(label, {"LLink Face Subj": LiveLinkSubjectName(), "LLink Face Head": False, "Hair": True})


def new(label: str) -> Actor:
    return Actor(label, {"ARKitFaceSubj": LiveLinkSubjectName(), "UseARKitFace": False})


def select(monkeypatch: pytest.MonkeyPatch, editor: Editor, *arguments: str) -> list[str]:
    monkeypatch.setitem(sys.modules, "unreal", editor)
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *arguments])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    return editor.told


def test_each_metahuman_follows_its_own_character(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, taro, tree = old("BP_Ada"), new("BP_Taro"), Actor("Tree", {"UseLiveLink": False})
    told = select(monkeypatch, Editor(ada, tree, taro), "BP_Ada=guard", "BP_Taro=thief")
    assert ada.variables == {"LLink Face Subj": LiveLinkSubjectName("guard"), "LLink Face Head": True, "Hair": True}
    assert taro.variables == {"ARKitFaceSubj": LiveLinkSubjectName("thief"), "UseARKitFace": True}
    assert tree.variables == {"UseLiveLink": False}
    assert told == ["BP_Ada follows guard", "BP_Taro follows thief"]


def test_one_subject_is_for_everyone_who_has_none_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, taro = old("BP_Ada"), new("BP_Taro")
    select(monkeypatch, Editor(ada, taro), "guard", "BP_Taro=thief")
    assert ada.variables["LLink Face Subj"] == LiveLinkSubjectName("guard")
    assert taro.variables["ARKitFaceSubj"] == LiveLinkSubjectName("thief")


def test_a_name_that_is_not_in_the_level_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = old("BP_Ada")
    told = select(monkeypatch, Editor(ada), "BP_Eve=guard")
    assert told == ["BP_Eve: no MetaHuman with a Live Link subject was found"]
    assert ada.variables["LLink Face Subj"] == LiveLinkSubjectName()


def test_without_a_subject_it_says_what_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "wants a subject" in select(monkeypatch, Editor(old("BP_Ada")))[0]
