"""Stand-ins for other people's integrations, with their traps."""
