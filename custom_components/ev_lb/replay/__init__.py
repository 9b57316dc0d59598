"""Recorded history under the engine."""
