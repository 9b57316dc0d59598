"""Charge points on real WebSockets, behind a real Home Assistant process."""
