"""What the API answers, a model an answer. Names and shapes are the API's promise; new fields may come. Pure."""
