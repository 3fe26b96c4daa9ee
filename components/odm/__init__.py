"""The part of Studies for a Genestack ODM server: catalogue, queries, curation."""
