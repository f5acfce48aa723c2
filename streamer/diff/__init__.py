"""What two brains make of the same lines, and where they part."""
