"""What requests ask for, and how they are answered, whatever the view."""
