"""What the market learns from outcomes: quality, prices, drift, and how to spend a budget."""
