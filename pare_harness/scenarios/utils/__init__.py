"""Where scenarios are found, and what noise adds to them."""
