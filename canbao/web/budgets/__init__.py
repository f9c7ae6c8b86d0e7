"""What an account may look up, requests for more, and their decision."""
