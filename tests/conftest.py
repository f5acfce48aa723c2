"""The rules are the brain of all tests but those of the model itself: quick, and the same for ever."""

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code.
settings.register_profile("facecue", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("facecue")


@pytest.fixture(autouse=True)
def rules_play(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACECUE_MODEL", "rules")
