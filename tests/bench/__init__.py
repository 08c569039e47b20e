"""What the README says of speed and size, measured. `make bench` prints it."""
