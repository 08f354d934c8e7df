"""Backend bodies into data, and data into bodies for clients: one file per encoding."""
