"""Turns the states of sensors into readings that the engine can judge."""
