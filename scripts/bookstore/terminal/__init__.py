"""What reaches a person at the terminal, and how work ends there: errors in one line, progress."""
