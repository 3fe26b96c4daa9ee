"""The genes of the demo section: approved mouse symbols, and the layers of cortex that they are known for."""

from __future__ import annotations

from dataclasses import dataclass

LAYERS = ("Layer 1", "Layer 2/3", "Layer 4", "Layer 5", "Layer 6", "White matter")
GREY = LAYERS[1:5]


@dataclass(frozen=True)
class Kind:
    """Genes that share a pattern. level: mean count where not raised, factor: how many times more, and where."""

    symbols: tuple[str, ...]
    level: float
    factor: float = 1.0
    layers: tuple[str, ...] = ()


def _kind(symbols: str, level: float, factor: float = 1.0, *layers: str) -> Kind:
    return Kind(tuple(symbols.split()), level, factor, layers)


KINDS = (
    _kind("Reln Ndnf Cxcl14 Lhx5 Dcn Col1a1 Col1a2 Igf2 Ptgds Igfbp2", 0.25, 14.0, "Layer 1"),
    _kind("Cux1 Cux2 Calb1 Lamp5 Rasgrf2 Otof Wfs1 Stard8 Lhx2 Cdh13 Matn2 Nectin3", 0.35, 9.0, "Layer 2/3"),
    _kind("Rorb Scnn1a Rspo1 Unc5d Whrn Kcnh5", 0.3, 10.0, "Layer 4"),
    _kind(
        "Bcl11b Fezf2 Etv1 Pcp4 Parm1 Deptor Sulf2 Trib2 Lratd2 Tshz2 Nefm Nefh Ldb2 Crym", 0.4, 9.0, "Layer 5"
    ),
    _kind("Foxp2 Tle4 Syt6 Hs3st4 Ccn2 Nxph4 Rprm Tbr1 Nr4a2 Garnl3 Ntsr1 Oprk1 Cplx3", 0.3, 10.0, "Layer 6"),
    _kind(
        "Mbp Plp1 Mobp Mog Mag Mal Cnp Cldn11 Opalin Ermn Sox10 Olig1 Olig2 Trf Apod Gfap Bcas1 Tspan2 Aspa Ugt8a Gjc3",
        0.8, 12.0, "White matter",
    ),
    _kind(
        "Snap25 Syt1 Rbfox3 Slc17a7 Camk2a Nrgn Thy1 Stmn2 Map2 Tubb3 Gap43 Vsnl1 Chn1 Olfm1 Syp Atp1a3 Eno2 Uchl1 "
        "Stmn3 Nsf Snca Calm1 Calm2 Ppp3ca Mef2c Nptxr Hpca Camk2b Ncdn Rtn1 Sv2a Neurod6",
        1.2, 5.0, *GREY,
    ),
    _kind("Gad1 Gad2 Slc32a1 Pvalb Sst Vip Npy Cck Calb2 Lhx6 Adarb2", 0.3, 2.5, *GREY),
    _kind(
        "Aqp4 Aldh1l1 Slc1a3 Slc1a2 Gja1 Sox9 S100b Aldoc Mt1 Mt2 Mt3 Clu Cst3 Glul Slc6a11 Ntsr2", 1.5, 1.8, "Layer 1"
    ),
    _kind("Cx3cr1 P2ry12 Tmem119 Csf1r C1qa C1qb C1qc Hexb Trem2 Ctss Aif1 Tyrobp", 0.3, 1.6, "White matter"),
    _kind("Cldn5 Flt1 Pecam1 Cdh5 Slco1a4 Ly6c1 Pdgfrb Rgs5 Vtn", 0.35, 1.5, "Layer 1", "Layer 4"),
    _kind(
        "Actb Gapdh Eef1a1 Rplp0 Rpl13a Rps18 Rps6 Tpt1 Ubb Ubc Hsp90ab1 Hspa8 Pgk1 Ppia B2m Tuba1a Tubb5 Ywhaz Aldoa "
        "Fth1 Ftl1 Cox4i1 Atp5f1b Ndufa4 Actg1 Pkm Ldhb Mdh1 Eif4a2 Sod1",
        6.0,
    ),
    _kind("Ins2 Tnnt2 Myh6 Krt5 Cd19 Zbtb20 Prox1 Sftpc Umod", 0.02),
)  # fmt: skip
