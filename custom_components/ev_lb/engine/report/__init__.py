"""Why, and what comes next."""
