"""Fuzzing, for minutes or hours: ``make fuzz``. Not part of the test run."""
