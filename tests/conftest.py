from hypothesis import settings

# No check depends on the wall clock: examples may take as long as a busy machine needs.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
