"""How many random configurations a run of the tests tries.

`pytest` takes the profile "ci": the same few examples of every law each time, in under a minute.
`pytest --hypothesis-profile=nightly` draws new ones, at least 20,000 configurations against torch.
`mutmut run` takes "mutants" (see pyproject.toml).
"""

from hypothesis import HealthCheck, Phase, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile("ci", max_examples=8, deadline=None, derandomize=True, suppress_health_check=_SLOW)
settings.register_profile("nightly", max_examples=1000, deadline=None, suppress_health_check=_SLOW, print_blob=True)
settings.register_profile(
    "mutants",  # as "ci", but the first example that fails is enough: mutation testing asks only whether one does
    parent=settings.get_profile("ci"),
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
)
settings.load_profile("ci")


def times(factor: int) -> settings:
    """Settings of the loaded profile, with `factor` times its examples."""
    return settings(max_examples=factor * settings.default.max_examples)
