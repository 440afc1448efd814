"""How hard the property tests try; ``pytest tests/unit --hypothesis-profile=explore`` looks further, at random."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "bondtui",
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", settings.get_profile("bondtui"), derandomize=False, max_examples=2000)
settings.load_profile("bondtui")
