"""State that holds for the node: shared by all workers, exact, and cheap."""
