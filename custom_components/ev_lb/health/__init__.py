"""What is wrong, and how to fix it."""
