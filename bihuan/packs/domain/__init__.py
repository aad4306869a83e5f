"""What pack files say, as pure values: reading, positions, the shape of each file."""
