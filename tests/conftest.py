"""The rules are the brain of all tests but those of the model itself: quick, and the same for ever."""

import pytest


@pytest.fixture(autouse=True)
def rules_play(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACECUE_MODEL", "rules")
