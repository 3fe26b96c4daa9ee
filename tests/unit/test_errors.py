"""Errors that are remembered and told again."""

from __future__ import annotations

import copyreg

import pytest
from tblib import pickling_support

from backend.errors import ExpronautError, NotFound


def _raised() -> NotFound:
    try:
        try:
            raise ValueError("the whole answer")
        except ValueError as error:
            raise NotFound("There is no ALBB.", "Choose another.", ("ALB",)) from error
    except NotFound as error:
        return error


def test_a_remembered_error_says_the_same_and_holds_nothing_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beside dask.distributed, with which copies of an error have all of its frames."""
    monkeypatch.setitem(copyreg.dispatch_table, NotFound, pickling_support.pickle_exception)
    error = _raised()
    alone = error.alone()
    assert (type(alone), vars(alone), str(alone)) == (NotFound, vars(error), str(error))
    assert (alone.__traceback__, alone.__cause__, alone.__context__) == (None, None, None)
    assert isinstance(error.__cause__, ValueError), "the error itself keeps what a log needs"
    with pytest.raises(ExpronautError, match="no ALBB") as caught:
        raise alone
    assert caught.value is alone
