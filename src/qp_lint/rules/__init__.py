"""The rules as data: their format, their conditions, how they are found."""
