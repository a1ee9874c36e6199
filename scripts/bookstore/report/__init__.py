"""What a run says, as tables and text."""
