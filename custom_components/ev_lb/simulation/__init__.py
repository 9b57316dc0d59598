"""A plant to balance: house, meter, chargers, cars and the main fuse.

Pure and deterministic: nothing of Home Assistant, no clock, no I/O but the
recorded day that ships with it. Values are those of whole seconds and hold
until the next one; time comes in as an argument.
"""
