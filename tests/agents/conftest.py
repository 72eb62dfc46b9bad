"""How hypothesis searches here: the same examples in every run, and no clock decides."""

from hypothesis import settings

# A busy machine must not fail a test, nor luck a change that has nothing to do with it.
settings.register_profile("simmer", deadline=None, derandomize=True, database=None)
settings.load_profile("simmer")
