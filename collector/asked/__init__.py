"""What is asked for: which démarches, days, steps, words, and from where in a list."""
