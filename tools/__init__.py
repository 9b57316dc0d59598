"""What the scripts do in Python; not part of what users install."""
