"""Tests of the decision engine, without Home Assistant."""
