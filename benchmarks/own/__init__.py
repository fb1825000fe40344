"""Objects cut from pictures, found in other pictures: our finder beside what others would do with the same crops."""
