"""The lab's own studies on disk: imported by the rules of Genestack ODM, with history, versions and export.

place       the folder: lock, numbers, what is under way      records    what a study is made of, as JSON
objects     a table of metadata and its history               study      one study as it stands
joining     samples of a matrix over its link                 versions   chains of matrices, useVersions
checking    files before anything is stored                   importing  files become a study, or join one
keeping     expression files as they came                     uploads    files on their way here
curating    changes of metadata, active versions, groups      exporting, removing

    <studies>/.lock                     held while something changes
    <studies>/numbers.json              the last accession, run and chain given
    <studies>/.import-<id>/             an import under way, its lock held as long as it lives
    <studies>/LOC1/study.json           groups, matrices, links: what it does not name is not there
    <studies>/LOC1/LOC2.json            the objects of a group as imported     LOC2.edits.jsonl   changes since
    <studies>/LOC1/LOC9.h5              numbers (backend/study/store.py)       LOC9.original.gz   the file as it came

A study appears by the rename of its folder, everything else by the rename of study.json.
"""
