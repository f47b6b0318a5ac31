"""What a deployment needs besides its functions."""
