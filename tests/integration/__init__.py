"""Tests with a Home Assistant inside the test process."""
