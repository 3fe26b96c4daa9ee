"""Colours that mean the same in every figure, on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle

POSITIVE = "#B2182B"  # z above zero, r above zero
NEGATIVE = "#2166AC"
ABUNDANCE = "#2A6F97"
# The same three on a dark page
POSITIVE_DARK = "#F0765F"
NEGATIVE_DARK = "#6BB0E6"
ABUNDANCE_DARK = "#5AA9D0"
COHORT, COHORT_DARK = "#D17A00", "#F0B23A"  # groups of samples that the user named
MISSING = "#BDBDBD"  # not measured or constant; never the colour of a number

OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")

# Chosen by search: Okabe-Ito and nine of Paul Tol's colours. Any two differ by a CIE76 distance of
# 17 or more in normal, deuteranope and protanope vision, and by 14 or more from MISSING.
_SYSTEMS = {
    "Brain": "#0072B2",
    "Eye": "#F0E442",
    "Endocrine tissues": "#CC79A7",
    "Respiratory system": "#56B4E9",
    "Proximal digestive tract": "#E69F00",
    "Gastrointestinal tract": "#D55E00",
    "Liver & gallbladder": "#42150A",
    "Pancreas": "#99DDFF",
    "Kidney & urinary bladder": "#666633",
    "Male tissues": "#332288",
    "Female tissues": "#AA3377",
    "Muscle tissues": "#CAE0AB",
    "Connective & soft tissue": "#4EB265",
    "Skin": "#EEDD88",
    "Bone marrow & lymphoid tissues": "#009E73",
}
_SPARE = "#004D40"
# The organ systems of ARCHS4, in the colours of what they hold most of
_SYSTEMS_OF_ARCHS4 = {
    "Nervous system": "Brain",
    "Immune system": "Bone marrow & lymphoid tissues",
    "Integumentary system": "Skin",
    "Digestive system": "Gastrointestinal tract",
    "Connective tissue": "Connective & soft tissue",
    "Muscular system": "Muscle tissues",
    "Urogenital/reproductive system": "Female tissues",
    "Cardiovascular system": "Endocrine tissues",
}
NO_TISSUE = ("", "Unlabelled")
NOT_TOLD = "not told"


def system_colours(names: Iterable[str]) -> dict[str, str]:
    """Name -> colour, in the order the names first come.

    The organ systems of data/hpa/tissues.csv always have their own colour, those of ARCHS4 as well where no system
    they share it with is named; other names take the colours that are left, in order, and share colours beyond
    sixteen. NO_TISSUE is MISSING.
    """
    wanted = list(dict.fromkeys(names))
    fixed = {name: _SYSTEMS[name] for name in wanted if name in _SYSTEMS}
    for name in wanted:
        like = _SYSTEMS_OF_ARCHS4.get(name, "")
        if like and like not in wanted:
            fixed[name] = _SYSTEMS[like]
    others = cycle([_SPARE, *(colour for colour in _SYSTEMS.values() if colour not in fixed.values())])
    return {name: (fixed.get(name) or next(others)) if name not in NO_TISSUE else MISSING for name in wanted}


def group_colours(names: Iterable[str]) -> dict[str, str]:
    """Name -> colour of the groups of a study, in their order: Okabe-Ito, then the others, shared beyond sixteen.

    "not told" is MISSING.
    """
    every = cycle([*OKABE_ITO, *(colour for colour in _SYSTEMS.values() if colour not in OKABE_ITO)])
    return {name: MISSING if name == NOT_TOLD else next(every) for name in dict.fromkeys(names)}


def faded(colour: str, share: float) -> str:
    """A colour "#RRGGBB" with this share of it over the ground, as Plotly and browsers read it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share:g})"


def module_colour(module: int) -> str:
    """The colour of a network module, counted from 1, the largest: Okabe-Ito, then MISSING."""
    return OKABE_ITO[module - 1] if 1 <= module <= len(OKABE_ITO) else MISSING
