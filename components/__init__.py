"""What pages are built from: the frame, inputs bound to the URL, charts, paper figures, cards."""
