"""What is sent and published, as bytes. Pure."""
