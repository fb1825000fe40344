"""The store itself: opened, asked whether it answers, written to by a sender."""
