"""What a run says, as numbers."""
