"""What is going on: facts of the site, its circuits and its chargers."""
