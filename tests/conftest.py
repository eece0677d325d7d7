from hypothesis import HealthCheck, settings

# No check depends on the wall clock: examples may take as long as a busy machine needs.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")
