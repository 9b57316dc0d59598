"""Tests with a real Home Assistant process, which is not the test kit's."""
