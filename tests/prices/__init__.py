"""Tests of what prices, the sun and the house are expected to be."""
