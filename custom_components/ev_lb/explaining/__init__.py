"""Sentences, figures and the why-log, in the owner's language."""
