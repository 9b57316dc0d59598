"""What a config entry describes: the site, its drivers and its meters."""
