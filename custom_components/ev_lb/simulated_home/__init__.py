"""A home to try with, without any hardware."""
