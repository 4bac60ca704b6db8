"""The rule language: grammar, conditions, explanation."""
