"""Drives chargers of every kind through one protocol, and reads their states."""
