"""What a list is asked for: the arguments that all lists share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

import strawberry

from gateway.errors import QueryError, Reason
from gateway.index.listing import BEST_MATCH_FIRST, NEWEST_FIRST, By, Listing, Order
from gateway.index.search import Search
from gateway.records.kind import Kind
from schema.operators import given
from schema.where import ContentWhere, condition

MAX_ORDERS = 4


@strawberry.enum(description="Which way to sort. A missing value counts as lower than all others.")
class Direction(Enum):
    ASC = strawberry.enum_value("asc", description="Lowest, oldest, A first.")
    DESC = strawberry.enum_value("desc", description="Highest, newest, Z first.")


@strawberry.input(
    one_of=True,
    description="What to sort by; give exactly one member. Later ones in a list decide ties.",
)
class ContentOrder:
    published: Direction | None = strawberry.field(
        default=strawberry.UNSET, description="When it appeared."
    )
    quality: Direction | None = strawberry.field(
        default=strawberry.UNSET, description="The publisher's score."
    )
    heat: Direction | None = strawberry.field(
        default=strawberry.UNSET, description="The publisher's measure of attention."
    )
    title: Direction | None = strawberry.field(
        default=strawberry.UNSET, description="The title, without regard to case."
    )
    relevance: Direction | None = strawberry.field(
        default=strawberry.UNSET, description="How well it fits the search; needs one."
    )


@dataclass(frozen=True)
class Asked:
    """The arguments of a list as the client gave them."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None
    where: ContentWhere | None
    order_by: Sequence[ContentOrder] | None
    search: str | None

    def listing(self, kinds: tuple[Kind, ...]) -> Listing:
        """Raises QueryError: BAD_USER_INPUT or OPERATION_TOO_LARGE."""
        where = None if self.where is None else condition(self.where)
        # Nothing but blanks is what an empty search box sends.
        search = Search(self.search) if self.search and self.search.strip() else None
        if where is None and search is None and not self.order_by:
            return _whole(kinds)
        return Listing(kinds, where, search, self._order(search))

    def _order(self, search: Search | None) -> tuple[Order, ...]:
        orders = tuple(map(_order, self.order_by or ()))
        if len(orders) > MAX_ORDERS:
            raise QueryError(Reason.BAD_USER_INPUT, f"orderBy takes at most {MAX_ORDERS} members")
        if search is None and any(order.by is By.RELEVANCE for order in orders):
            raise QueryError(Reason.BAD_USER_INPUT, "only a search has an order of relevance")
        if orders:
            return orders
        return (NEWEST_FIRST,) if search is None else (BEST_MATCH_FIRST, NEWEST_FIRST)


@cache
def _whole(kinds: tuple[Kind, ...]) -> Listing:
    """The list that is asked for the most, whose digest is made once."""
    return Listing(kinds)


def _order(order: ContentOrder) -> Order:
    ((name, direction),) = given(order, "orderBy")
    return Order(By(name), direction is Direction.DESC)
