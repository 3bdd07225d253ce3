"""The page in a real browser: what a person sees, can do, and is safe from."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stacks.local.stack import LocalStack
from tests.api.conftest import settled
from tests.api.requests import Client
from tests.browser.conftest import HOSTILE, Visit

INBOX = Path(__file__).parents[2] / "examples" / "inbox"
VIEWS = ("tasks", "seats", "money", "approvals", "replays", "receipts")
MAIL = f"""From: {"Eve"} <eve@example.org>
To: shop@example.org
Subject: =?utf-8?q?Opening_hours_=3Cscript=3Ewindow.hit=3D3=3C/script=3E?=
Message-ID: <hostile-1@example.org>
Content-Type: text/plain; charset=utf-8

When does the shop open? {HOSTILE} \x1b[31mred\x1b[0m

Eve
"""


@pytest.fixture(scope="module")
def lot(stack: LocalStack) -> str:
    """The draft of a hostile mail, handed in under a hostile name."""
    report = stack.submit(MAIL.encode(), source=HOSTILE)
    assert report.status == "done"
    return next(each.lot_id for each in report.lots if each.kind == "draft")


def test_a_task_leads_to_the_explanation_of_its_lots(lot: str, visit: Visit) -> None:
    """From the list to the task to a lot: every bid, why it lost, the picture, and what the answer was."""
    visit.go("tasks")
    visit.page.get_by_role("row").filter(has_text="window.hit").get_by_role("link").click()
    visit.page.get_by_role("link", name="draft").click()
    visit.page.get_by_role("heading", name="Why this seat? draft of body").wait_for()

    bids = visit.page.get_by_role("table").filter(has_text="would have won at")
    assert sorted(bids.get_by_role("rowheader").all_inner_texts()) == ["good/one", "good/two"]
    assert " won with a score of " in visit.page.get_by_role("listitem").first.inner_text()
    picture = visit.page.get_by_role("img", name="bids on the price-quality plane")
    loaded = """image => new Promise(done => {
        image.addEventListener('load', () => done(true));
        if (image.naturalWidth) done(true);
    })"""
    assert picture.evaluate(loaded)


def test_judging_a_lot_on_the_page_is_feedback(stack: LocalStack, lot: str, visit: Visit) -> None:
    """A reward given on the page is a human's judgement in the ledger, and the page shows that it stands."""
    visit.go(f"lot/{lot}")
    visit.page.get_by_label("How good was the answer").fill("0.35")
    visit.page.get_by_role("button", name="Judge").click()
    visit.page.get_by_text("Judged by human: reward 0.35").wait_for()

    judged = stack.ledger.history(stack.tenant, lot).rounds[-1].outcomes[-1]  # type: ignore[arg-type]
    assert (judged.source, judged.reward) == ("human", 0.35)


def test_a_draft_is_edited_and_approved_on_the_page(stack: LocalStack, visit: Visit) -> None:
    """A draft that waits is shown; edited and approved there, its task is done with the edit and the page says so."""
    task = {"subject": "Hours", "text": "When does the shop open tomorrow?", "sender": "Ada", "reply": True}
    handed_in = Client().call("POST", "/tasks", {"task": task, "source": "a draft", "options": {"approval": {}}})
    visit.go("approvals")
    waiting = visit.page.get_by_role("region", name="draft of a draft")
    waiting.wait_for()
    answer = waiting.get_by_label("The answer")
    assert HOSTILE[:10] in answer.input_value()
    answer.fill('{"body": 1')
    waiting.get_by_role("button", name="Approve").click()
    waiting.get_by_text("The edit is no JSON").wait_for()
    answer.fill('{"body": "We open at ten. Kind regards"}')
    visit.page.wait_for_timeout(2_500)  # longer than the page waits before it asks again: the edit stays
    waiting.get_by_role("button", name="Approve").click()

    row = visit.page.get_by_role("row").filter(has_text="a draft").filter(has_text="edited")
    row.wait_for()
    task_id = done(handed_in.body["submission_id"])
    shown = Client().call("GET", f"/tasks/{task_id}").body
    outputs = [lot["output"] for lot in shown["result"]["lots"] if lot["kind"] == "draft"]
    assert (shown["status"], outputs) == ("done", [{"body": "We open at ten. Kind regards"}])


@pytest.mark.parametrize("view", ["tasks", "lot", "approvals"])
def test_hostile_mail_is_inert(lot: str, visit: Visit, view: str) -> None:
    """Markup, scripts and direction marks of a mail are text on the page: nothing runs, loads or leaks."""
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.go(f"lot/{lot}" if view == "lot" else view)
    visit.settle()

    if view != "approvals":
        assert HOSTILE[:10] in visit.page.locator("main").inner_text()
    assert visit.page.evaluate("window.hit") is None
    assert visit.page.locator("main script, main img[src='x']").count() == 0
    assert [each for each in asked if not each.startswith((visit.url, f"blob:{visit.url}"))] == []


def test_the_page_follows_a_run_while_it_works(browser: Any, tmp_path: Path) -> None:
    """`atomic run` in one process, `atomic serve` in another: its tasks appear, go on and end without a reload."""
    home = tmp_path / "home"
    tmp_path.chmod(0o755)
    atomic = str(Path(sys.executable).with_name("atomic"))
    served = subprocess.Popen([atomic, "serve", "--port", "0", "--home", str(home)], stderr=subprocess.PIPE, text=True)
    try:
        assert served.stderr is not None
        url = next(word for line in served.stderr for word in line.split() if word.startswith("http://"))
        page = browser.new_page()
        page.goto(url)
        page.get_by_text("hand one in").wait_for(timeout=30_000)
        mails = [str(mail) for mail in sorted(INBOX.glob("0[12]*.eml"))]
        run = subprocess.Popen(
            [atomic, "run", *mails, "--json", "--home", str(home)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        page.locator(".running").first.wait_for(timeout=60_000)
        page.get_by_role("progressbar").first.wait_for(timeout=60_000)
        page.locator("td .done").nth(1).wait_for(timeout=90_000)
        assert run.wait(30) == 0
        page.close()
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=30)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_fits_a_phone_and_has_names(lot: str, visit: Visit, view: str) -> None:
    """On a narrow screen only tables scroll sideways; controls and pictures are named; there is one first heading."""
    visit.page.set_viewport_size({"width": 360, "height": 740})
    visit.go(view)
    visit.settle()
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert visit.page.locator("h1").count() == 1
    assert visit.page.locator("nav [aria-current=page]").count() == 1
    unnamed = """[...document.querySelectorAll('input, textarea, button, img, table, nav, a')].filter((each) =>
        !(each.labels?.length || each.alt || each.textContent.trim() || each.getAttribute('aria-label'))).length"""
    assert visit.page.evaluate(unnamed) == 0


def test_the_keyboard_reaches_everything(lot: str, visit: Visit) -> None:
    """Tab goes from the skip link through the views to the first task, and Enter follows it."""
    visit.go("tasks")
    reached = []
    for _ in range(10):
        visit.page.keyboard.press("Tab")
        reached.append(visit.page.evaluate("document.activeElement.textContent"))
    assert reached[:3] == ["Skip to the content", "Tasks", "Seats"]
    assert any(HOSTILE[:20] in text for text in reached)


def test_a_dark_screen_gets_a_dark_page(browser: Any, url: str, lot: str) -> None:
    """Colours follow the system's scheme, those of pictures too, and text keeps a contrast of 4.5."""
    seen = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"{url}/#/lot/{lot}")
        page.get_by_role("heading", name="Judge it").wait_for()
        ink, paper = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert contrast(ink, paper) >= 4.5
        assert any(f"theme={scheme}" in each for each in asked)
        seen[scheme] = paper
        page.close()
    assert seen["light"] != seen["dark"]


def done(submission_id: str) -> str:
    """The task of a submission, once it waits for nobody any more."""
    for _ in range(100):
        task_id = settled(Client(), submission_id)
        if Client().call("GET", f"/tasks/{task_id}").body["status"] != "awaiting_approval":
            return task_id
        time.sleep(0.1)
    raise TimeoutError(submission_id)


def contrast(one: str, other: str) -> float:
    """Of two CSS colours, by WCAG 2."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_behind_api_gateway_the_page_asks_for_a_token_and_a_key(visit: Visit) -> None:
    """Refused as API Gateway refuses, it shows a form; what is filled in goes along with every later request."""
    sent = []

    def gateway(route: Any) -> None:
        headers = route.request.headers
        sent.append((headers.get("authorization"), headers.get("x-api-key")))
        if headers.get("x-api-key") == "the-key":
            route.continue_()
        else:
            route.fulfill(
                status=403, content_type="application/json", body='{"message": "Missing Authentication Token"}'
            )

    visit.page.route(re.compile(r"/tasks\?"), gateway)
    visit.go("tasks")
    visit.page.get_by_label("A token for this market").fill("the-token")
    visit.page.get_by_label("API key").fill("the-key")
    visit.page.get_by_role("button", name="Go on").click()
    visit.page.get_by_role("heading", name="Tasks").wait_for()
    assert sent[0] == (None, None)
    assert sent[-1] == ("Bearer the-token", "the-key")
    visit.complaints.clear()  # the browser tells of the refused request itself
