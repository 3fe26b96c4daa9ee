"""STOmics (stomics.io) on Datasets: how it is asked, what was downloaded, its data sets, one of them."""

from __future__ import annotations

from backend import api
from components import cards, inputs, view
from components.stomics import dataset, downloads, patience, probing, search, status

LONGEST = 100  # characters of an accession


def draw() -> None:
    """The whole part."""
    told = api.stomics_status()
    chosen = view.one(inputs.DATASET, "", lambda text: text.strip()[:LONGEST])
    budget = status.line(told)
    if not told.key_hint:
        status.teach()
        downloads.shelf(unfolded=True)
        return
    if chosen:
        downloads.under_way(without=chosen)
    else:
        downloads.shelf(unfolded=False)
    with patience.guard("stomics"):
        if chosen:
            dataset.draw(chosen)
        else:
            search.draw()
    if not chosen:
        with cards.guard():
            probing.draw()
    status.budget(budget, api.stomics_status())  # after what was asked for now
