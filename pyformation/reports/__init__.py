"""What pyformation has to say, as text for people: one module for each kind of record."""
