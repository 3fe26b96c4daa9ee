"""The part of Datasets that shows STOmics (stomics.io)."""
