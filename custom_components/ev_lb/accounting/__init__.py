"""What the cars had and what it cost: pure sums, from one moment to the next."""
