"""What of that becomes a command now."""
