"""The first part of Datasets: all catalogues, searched side by side."""
