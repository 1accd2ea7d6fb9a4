"""Settings shared by all tests."""

from hypothesis import settings

# Examples are derived from the test itself, so a run repeats; first imports of SymPy are slow.
settings.register_profile("symmerge", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("symmerge")
