"""The chapter's problems: data, questions, and answers that are computations."""
