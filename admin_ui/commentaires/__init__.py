"""Comments: reading, labelling, taking out."""
