"""The rules are the brain of all tests but those of the model itself: quick, and the same for ever."""

import pytest
from hypothesis import settings

settings.register_profile("facecue", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("facecue")


@pytest.fixture(autouse=True)
def rules_play(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACECUE_MODEL", "rules")
