"""Training of the brain: the corpus, the model, its losses, its evaluation."""
