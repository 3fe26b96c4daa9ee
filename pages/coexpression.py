"""Co-expression: partners of seed genes as a network, tables, and the scatter behind each edge."""

import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import Answer, Choice, Network, Pool
from backend.recipe import Recipe, genes_phrase
from components import (
    cards,
    coexpression_tables,
    downloads,
    edge_card,
    fetching,
    gene_facts,
    gene_pairs,
    genes_here,
    group_scatter,
    grouping,
    groups,
    inputs,
    network_chart,
    publication_network,
    samples_choice,
    sidebar,
    view,
    within,
)
from components.within import Asked

OWN_DRAWS = (
    "Edges of different genes rest on different samples: ARCHS4 draws up to 200 anew for each gene, so compare their r "
    "with care."
)
SIGNS = {"both": "Both signs", "positive": "Positive", "negative": "Negative"}

source, species = sidebar.in_force()


def _controls() -> tuple[dict, str | None]:
    """The slim row above the figure, the caps in a popover; the options, and within what partners are looked for."""
    term = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        hops = inputs.segments("Hops", inputs.HOPS, ("1", "2"), "1")
        sign = inputs.choice("Partners", inputs.SIGN, list(SIGNS), "both", SIGNS, width=140)
        per_gene = inputs.number(
            "Partners per gene", inputs.PARTNERS, 1, 100, 20, 1, control=st.number_input, width=150
        )
        min_r = inputs.number("Minimum |r|", inputs.MIN_R, 0.0, 1.0, 0.0, 0.05, control=st.number_input, width=130)
        if within.takes_terms(source):
            term = within.term()
        with st.popover("Caps", icon=":material/straighten:"):
            nodes = inputs.number("Genes drawn, at most", inputs.NODES, 10, 150, 60, 10)
            edges = inputs.number("Edges drawn, at most", inputs.EDGES, 20, 600, 150, 10)
    options = {
        "hops": int(hops),
        "sign": sign,
        "per_gene": per_gene,
        "min_r": min_r,
        "max_nodes": nodes,
        "max_edges": edges,
    }
    return options, term


def _samples(genes: list[str], term: str | None) -> Asked:
    """The second row, for sources with samples: of which samples, how, and within what."""
    if term:
        st.caption("“Within” is for the tables of partners. The network is not restricted.")
        return Asked(within=term)
    if grouping.is_there(source.key):
        return _of_study()
    if not samples_choice.has_samples(source.key):
        return Asked()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        pool = samples_choice.pool(source.key)
        method = within.method()
        asked = Asked(pool, method, within.picker(source.key, species, genes, pool))
    if asked != Asked(pool):
        st.caption(
            f"Method and “within” are those of the tables of partners. The network is Pearson over all {_pool(pool)}."
        )
    return asked


def _of_study() -> Asked:
    """The same for a study: one of its groups."""
    asked = Asked(within=within.of_study(source.key, species))
    if asked.within:
        every = f"all {groups.column(source.key)}s"
        st.caption(f"“Within” is for the tables of partners. The network is over {every}.")
    return asked


def _pool(pool: Pool) -> str:
    return "samples" if pool == "both" else f"{pool} samples"


def _recipe(seeds: list[str], asked: dict, answer: Answer[Network]) -> Recipe:
    net = answer.value
    signs = SIGNS[asked["sign"]].lower()
    legend = (
        f"Co-expression network of {genes_phrase(seeds)} ({species}): {len(net.nodes)} genes, {len(net.edges)} edges; "
        f"{asked['hops']} hop{'s' if asked['hops'] > 1 else ''}, "
        f"the {asked['per_gene']} strongest partners per gene ({signs}), |r| at least {asked['min_r']:g}. "
        "Solid red: r > 0, dashed blue: r < 0; width: |r|; diamonds: seed genes; colours: modules."
    )
    steps = (
        "Edges are Pearson correlations; genes brought in are also joined to each other where |r| reaches the "
        "weakest edge that brought a gene in.",
        "Modules: Louvain communities on |r| with a fixed seed. Layout: spring embedding with a fixed seed.",
    )
    options = view.options()
    if view.current(inputs.PAIR) in _pairs(net):  # its control comes further down
        options += ((inputs.PAIR, str(view.current(inputs.PAIR))),)
    of_edge = (inputs.OVER, inputs.BY) if grouping.is_there(source.key) else (inputs.OVER,)
    for key in of_edge if len(of_edge) > 1 or api.has(source.key, "Edge by tissue") else ():  # so do these
        options += ((key, str(view.current(key))),) if view.current(key) else ()
    steps += (OWN_DRAWS,) if _is_of_draws(net) else ()
    return Recipe("coexpression", "network", "-".join(seeds[:4]), options, answer.provenance, legend, steps)


def _is_of_draws(net: Network) -> bool:
    """Whether a service drew samples anew for each gene."""
    return source.kind == "live" and bool(net.edges["n"].notna().any())


def _network(typed: tuple[str, ...], options: dict, pool: Pool) -> Answer[Network] | None:
    """The network; of a source that is asked gene by gene with how far it is, and None once that is cancelled."""
    if source.kind != "live":
        return api.network(source.key, typed, species, **options, pool=pool)
    key, found_in = source.key, species

    def ask(tell: fetching.Tell) -> Answer[Network]:
        return api.network(key, typed, found_in, **options, pool=pool, on_progress=tell)

    question = f"network-{key}-{species}-{','.join(typed)}-{sorted(options.items())}"
    answer = fetching.watched(question, source.title, ask)
    if answer is None:
        return None
    own = (OWN_DRAWS,) if _is_of_draws(answer.value) else ()
    return Answer(answer.value, answer.provenance.noting(*own))


def _known(names: list[str]) -> list[str]:
    """Symbols of the typed names; how another name was read is told. Unknown ones the network tells."""
    symbols = []
    for name in names:
        try:
            answer = api.gene(source.key, name, species)
        except NotFound:
            continue
        symbols.append(answer.value.symbol)
        for note in answer.provenance.notes:
            st.caption(cards.plain(note))
    return list(dict.fromkeys(symbols))


def _figure(seeds: list[str], asked: dict, answer: Answer[Network]) -> None:
    net = answer.value
    left, right = st.columns([2.1, 1], gap="large")
    with right:
        find = inputs.text("Find a gene in the network", inputs.FIND, placeholder="e.g. CD2", max_chars=40)
        found = _find(find, net)
    recipe = _recipe(seeds, asked, answer)
    with left:
        alt = f"{recipe.legend} Genes with most edges: {', '.join(net.nodes['gene'].head(5))}"
        event = cards.chart(
            network_chart.network(net, cards.is_dark(), found),
            "network",
            alt,
            on_select="rerun",
            selection_mode="points",
        )
        _clicked(event)
        base = downloads.base_url()
        extras = (
            downloads.Extra("GraphML", "graphml", "application/xml", lambda: api.graphml(net)),
            downloads.Extra("SIF", "sif", "text/plain", lambda: api.sif(net)),
            downloads.Extra("Nodes CSV", "nodes.csv", "text/csv", lambda: recipe.csv(net.nodes, base)),
        )
        cards.foot(
            recipe,
            net.edges,
            lambda footer: publication_network.network(net.nodes, net.edges, "", footer, recipe.simulated),
            "network",
            extras,
        )
    with right:
        coexpression_tables.hubs(net)


def _find(typed: str, net: Network) -> str:
    if not typed.strip():
        return ""
    matches = [gene for gene in net.nodes["gene"] if gene.casefold() == typed.strip().casefold()]
    if not matches:
        st.caption(f"{cards.plain(typed)} is not among the {len(net.nodes)} genes drawn.")
        return ""
    return str(matches[0])


def _clicked(event: dict) -> None:
    """A click on an edge chooses the pair of the scatter. It stays selected, so it is acted on once."""
    points = (event or {}).get("selection", {}).get("points", [])
    if points == st.session_state.get(inputs.CLICKED):
        return
    st.session_state[inputs.CLICKED] = points
    for point in points:
        data = point.get("customdata") or []
        pair = f"{data[0]},{data[1]}" if len(data) == 4 and isinstance(data[1], str) else ""
        if pair and view.current(inputs.PAIR) != pair:
            view.write(inputs.PAIR, pair)
            st.rerun()


def _pairs(net: Network) -> list[str]:
    """Each edge as the URL names it."""
    return [f"{a},{b}" for a, b in zip(net.edges["gene_a"], net.edges["gene_b"], strict=True)]


def _no_edge(seeds: list[str], sign: str) -> NotFound:
    """Why nothing is joined: a service may serve no partner of a sign, whatever the minimum |r|."""
    if source.kind == "live" and sign != "both" and not any(_has_partners(seed, sign) for seed in seeds):
        return NotFound(
            f"Over all samples ARCHS4 serves no {sign} partner of {genes_phrase(seeds)}.",
            "Name a group in “Within samples of”, for example liver: the tables of partners within it hold both signs.",
        )
    return NotFound(
        "No partner is joined to these genes under this minimum |r|, sign and cap.",
        "Lower the minimum |r|, take both signs, or raise the cap of genes.",
    )


def _has_partners(seed: str, sign: str) -> bool:
    """Whether the longest answer about a seed holds partners of a sign."""
    r = api.coexpressed(source.key, seed, species, 100).value["r"]
    return bool((r > 0 if sign == "positive" else r < 0).any())


def _r_over_samples(net: Network, first: str, second: str) -> float | None:
    """The r of an edge that is over samples; None where the edges themselves are over tissues."""
    if source.kind != "live" and not samples_choice.has_samples(source.key) and not grouping.is_there(source.key):
        return None
    edges = net.edges.set_index(["gene_a", "gene_b"])
    return float(edges["r"][first, second])


def _edge(net: Network, pool: Pool, seeds: list[str], sign: str) -> None:
    """What lies behind an edge, the clicked one, else the strongest: its two genes, and r tissue by tissue."""
    if net.edges.empty:
        raise _no_edge(seeds, sign)
    pairs = _pairs(net)
    st.subheader("The numbers behind an edge")
    by_tissue = api.has(source.key, "Edge by tissue")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        pair = inputs.choice(
            "Edge (or click one in the network)",
            inputs.PAIR,
            pairs,
            pairs[0],
            {pair: pair.replace(",", " – ") for pair in pairs},
            width=320,
        )
        first, second = pair.split(",")
        over = edge_card.OVER_TISSUES
        if by_tissue:
            over = edge_card.points(source.key, species, (first, second), pool)
        grouped = group_scatter.picker(source.key, species)
    with cards.guard():
        if grouped:
            group_scatter.card(source.key, species, (first, second), grouped)
        elif over == edge_card.OVER_TISSUES:
            r = _r_over_samples(net, first, second)
            coexpression_tables.scatter(source.key, species, first, second, Choice(pool), r)
        else:
            edge_card.sample_scatter(source.key, species, (first, second), pool, over)
    if by_tissue:
        with cards.guard():
            edge_card.card(source.key, species, (first, second), pool)


def _shown(answer: Answer[Network], typed: list[str], options: dict, asked: Asked) -> None:
    """The network, what is behind its edges, and the tables."""
    seeds = _known(typed)
    if asked.within:  # what was asked for comes first
        with cards.guard():
            coexpression_tables.partners(source.key, species, seeds, asked)
        of_study = grouping.is_there(source.key)
        over = f"Network over all {groups.column(source.key)}s" if of_study else f"Network over all {_pool(asked.pool)}"
        st.subheader("Network, not restricted" if source.kind == "live" else over)
    cards.stale(answer.provenance)
    _figure(seeds, options, answer)
    coexpression_tables.networks(answer)
    with cards.guard():
        _edge(answer.value, asked.pool, seeds, options["sign"])
    if not asked.within:
        with cards.guard():
            coexpression_tables.partners(source.key, species, seeds, asked)
    with cards.guard():
        coexpression_tables.batch(source.key, species, asked)


st.markdown("## With what is my gene expressed?")
with cards.guard():
    first = api.usual_genes(source.key, ("CD3E",))
    typed = inputs.genes("Seed genes (up to 20, by any name)", inputs.SEED, source.key, species, first, 20)
    if not typed:
        st.info("Type a seed gene above, for example CD3E.", icon=":material/edit:")
        genes_here.offer(source.key, inputs.SEED)
    elif gene_pairs.only(source):
        gene_pairs.draw(source, species, typed)
    else:
        options, term = _controls()
        asked = _samples(list(typed), term)
        try:
            answer = _network(typed, options, asked.pool)
        except NotFound as error:
            gene_facts.unknown(error, typed[0], tuple(typed), inputs.SEED)
            genes_here.offer(source.key, inputs.SEED)
            answer = None
        if answer is not None:
            _shown(answer, list(typed), options, asked)
