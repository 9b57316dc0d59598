"""What the card is given, and how dashboards find it."""
