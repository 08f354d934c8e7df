"""Cost per request of this gateway next to others, in one run."""
