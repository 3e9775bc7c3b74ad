"""How long the index may work on one operation."""

from __future__ import annotations

import math
import threading
import time

import pytest
import sqlalchemy as sa

from gateway.allowance import CURRENT, Allowance
from gateway.errors import QueryError, Reason
from gateway.index.index import Index

ENDLESS = sa.text(
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
)
SHORT = sa.text("SELECT 1")


def refused(index: Index, statement: sa.TextClause, allowance: Allowance) -> QueryError:
    token = CURRENT.set(allowance)
    try:
        with pytest.raises(QueryError) as caught:
            index.rows(statement)
        return caught.value
    finally:
        CURRENT.reset(token)


def test_a_question_that_takes_too_much_is_refused_and_the_index_goes_on() -> None:
    index = Index.empty()
    allowance = Allowance(math.inf, 0.01)
    error = refused(index, ENDLESS, allowance)
    assert error.code is Reason.OPERATION_TOO_LARGE
    assert error.details["limit"] == "index time"
    assert error.details["allowed"] == 0.01
    # The rest of the same operation asks in vain, and everybody else does not notice.
    assert refused(index, SHORT, allowance).code is Reason.OPERATION_TOO_LARGE
    assert index.rows(SHORT)[0] == (1,)


def test_a_deadline_ends_the_work() -> None:
    error = refused(Index.empty(), ENDLESS, Allowance(time.monotonic() + 0.01, 60))
    assert error.code is Reason.DEADLINE_EXCEEDED


def test_an_allowance_that_is_taken_away_ends_the_work_of_another_thread() -> None:
    index, allowance, found = Index.empty(), Allowance(math.inf, 60), list[QueryError]()
    thread = threading.Thread(target=lambda: found.append(refused(index, ENDLESS, allowance)))
    thread.start()
    allowance.end()
    thread.join(10)
    assert found[0].code is Reason.DEADLINE_EXCEEDED


def test_whoever_waits_for_the_index_stops_waiting_too() -> None:
    index, busy, waits = Index.empty(), Allowance(math.inf, 60), Allowance(math.inf, 60)
    found = list[QueryError]()
    threads = [
        threading.Thread(target=lambda one=one: found.append(refused(index, ENDLESS, one)))
        for one in (busy, waits)
    ]
    for thread in threads:
        thread.start()
    waits.end()
    busy.end()
    for thread in threads:
        thread.join(10)
    assert [error.code for error in found] == [Reason.DEADLINE_EXCEEDED] * 2
    assert index.rows(SHORT)[0] == (1,)


def test_without_an_allowance_nothing_is_counted() -> None:
    assert Index.empty().rows(SHORT)[0] == (1,)


def test_errors_of_the_database_stay_what_they_are() -> None:
    token = CURRENT.set(Allowance(math.inf, 60))
    try:
        with pytest.raises(sa.exc.OperationalError):
            Index.empty().rows(sa.text("SELECT nothing FROM nowhere"))
    finally:
        CURRENT.reset(token)
