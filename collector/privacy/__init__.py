"""What is masked, deleted and declared, and the addresses that people left."""
