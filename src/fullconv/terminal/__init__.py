"""What programs print for people: tables, bars."""
