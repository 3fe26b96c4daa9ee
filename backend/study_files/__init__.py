"""The lab's files of a study, read and checked by the rules of Genestack ODM; nothing is stored here.

unpack      plain, .gz or .zip as one stream of bytes       findings     what is wrong, grouped and bounded
text, tables    attribute tables: read and written          rules        what each kind of table must hold
expression  the common face of the readers of matrices      linking      columns to samples, libraries, preparations
recognition which file is what                          made         tables that the files leave out
hdf5_apart  h5ad and loom, read where a damaged file does no harm (its program: apart_work)
bundle      a whole study before it is stored              parts        its records      summary    values and counts
template, validation    which attributes a study should have, and what its samples break
"""
