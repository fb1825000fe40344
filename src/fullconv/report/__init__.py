"""What a stage writes for people: metrics, tables, contact sheets, surveys, the page that compares."""
