"""How the market has done lately: in figures, and as pictures."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import LotId
from bidding.domain.logged import LoggedAuction
from bidding.domain.statistics import believed_best, market_statistics
from lambdas import charts
from lambdas.environment import market
from lambdas.routes.caller import member
from schemas.api.statistics import MarketStatistics

router = Router()
_TAGS = ["statistics"]
Auctions = Annotated[int, Query(ge=1, le=2_000, description="how many of the last auctions count")]
ThemeName = Annotated[charts.Theme, Query()]
PictureName = Literal["calibration", "spending", "shares"]


@router.get("/statistics", tags=_TAGS, summary="Win shares, calibration, drift and savings of recent auctions")
def show_statistics(auctions: Auctions = 500) -> MarketStatistics:
    """Of the tenant's last auctions; what nobody could tell is null."""
    return MarketStatistics.model_validate(market_statistics(_recent(auctions)))


@router.get("/statistics/picture", tags=_TAGS, summary="The same as a picture, SVG")
def draw_statistics(
    name: Annotated[PictureName, Query()], auctions: Auctions = 500, theme: ThemeName = "light"
) -> Response[str]:
    """Promised against kept quality, money spent against the best, or who wins."""
    recent = _recent(auctions)
    figures = market_statistics(recent)
    if name == "calibration":
        return _picture(charts.calibration_chart(figures.calibration, theme))
    if name == "shares":
        return _picture(charts.share_chart([(seat.seat_id, seat.win_share) for seat in figures.seats], theme))
    ended = [auction for auction in recent if auction.cost_micros is not None]
    spent = [auction.cost_micros or 0 for auction in ended]
    return _picture(charts.spending_chart(spent, [believed_best(auction) for auction in ended], theme))


@router.get("/lots/<lot_id>/auction", tags=_TAGS, summary="A lot's auction as a picture, SVG")
def draw_auction(
    lot_id: Annotated[UUID, Path(description="a lot's id")],
    round_: Annotated[int, Query(alias="round", ge=1, le=3)] = 1,
    theme: ThemeName = "light",
) -> Response[str]:
    """Bids on the price-quality plane, with the lines of equal score; of the last attempt."""
    history = market().ledger.history(member().tenant, LotId(str(lot_id)))
    found = [past for past in history.rounds if past.round == round_]
    if not found:
        raise UnknownRecord(f"lot {lot_id} had no round {round_}")
    return _picture(charts.auction_chart(found[-1], history.lot.value_micros, theme))


def _recent(auctions: int) -> list[LoggedAuction]:
    return market().ledger.recent_auctions(member().tenant, auctions)


def _picture(svg: str) -> Response[str]:
    return Response(200, "image/svg+xml", svg)
