"""Reading ARCHS4 HDF5 files of any version, straight from the file, without an index.

opening   open, compare with what was seen before, read text and numbers in blocks
layout    which of the known layouts a file has, found by its structure
genes     its genes: symbols as shown, Ensembl ids, which row a name means
text      what the texts of GEO need: missing values, mojibake, series, characteristics
samples   its samples as a table
counts    its counts, library sizes and log2(1+CPM)
tissues   a tissue for each sample, from keyword rules that users can edit
"""
