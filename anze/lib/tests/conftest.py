"""One hypothesis profile: the same examples in every run, and no wall-clock deadline."""

from hypothesis import settings

settings.register_profile("anze", deadline=None, derandomize=True, database=None)
settings.load_profile("anze")
