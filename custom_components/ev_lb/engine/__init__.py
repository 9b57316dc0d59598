"""The decision engine: pure functions on frozen dataclasses.

Nothing in here knows Home Assistant, reads a clock, does I/O, logs or draws a
random number. Time comes in as an argument, in seconds of any one clock.
"""
