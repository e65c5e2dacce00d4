"""Corpus in, shipped pipeline out: training, evaluation on held-out folds, and the gate with its pinned floors.

The program never imports this package; it needs scikit-learn, which the program does not.
"""
