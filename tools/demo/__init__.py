"""The demo: a real Home Assistant with a simulated home, to be watched.

`scripts/demo` runs it with `python -m tools.demo`.
"""
