"""What the pipeline says of the items of a card: each function takes the facts and answers in sentences or a table."""
