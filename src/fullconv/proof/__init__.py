"""How far a conversion and its dense engines are from the classifier: measured, not promised."""
