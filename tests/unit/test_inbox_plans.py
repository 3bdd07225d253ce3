"""The example inbox, decomposed."""

from pathlib import Path

from bidding.adapters.mail import parse_message
from bidding.domain.decomposition import decompose
from bidding.domain.lots import TaskOptions

INBOX = Path(__file__).parents[2] / "examples" / "inbox"


def test_the_inbox_leads_to_many_distinct_graphs_of_lots() -> None:
    """No fixed template: kinds, number and dependencies of lots follow from each mail."""
    plans = {
        path.name: tuple((lot.kind, lot.needs) for lot in decompose(parse_message(path.read_bytes()), TaskOptions()))
        for path in sorted(INBOX.glob("*.eml"))
    }
    assert len(plans) == 40
    assert len(set(plans.values())) >= 6
    kinds_of = {name: {kind for kind, _ in plan} for name, plan in plans.items()}
    assert "draft" not in kinds_of["08-newsletter.eml"] | kinds_of["11-delivery-bounce.eml"]
    assert {"draft", "summarise", "extract"} <= kinds_of["06-long-thread-top-posted.eml"]
