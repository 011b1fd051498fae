"""Staff pages, but for those of rates."""

from __future__ import annotations

from tests.browser.meter_files import HELD, LOOKED_AT, ROWS_WAIT, SAMPLE, SENDER
from tests.browser.ways import sent, to, to_path

from .state import State

STAFF = (
    State("staff: today", "staff_today", to("staff_today"), "dana"),
    State("staff: not for customers", "staff_today", to("staff_today"), "alice", 404),
    State("staff: runs", "staff_runs", to("staff_runs"), "dana"),
    State(
        "staff: a run that cannot be",
        "staff_open_run",
        sent(to("staff_runs"), {"start": "2026-01-31", "end": "2026-01-01"}, form="#open form"),
        "dana",
        422,
    ),
    State("staff: a run, done", "staff_run", to_path(lambda site: site.run("02")), "dana"),
    State("staff: a run, priced", "staff_run", to_path(lambda site: site.run("03")), "dana"),
    State("staff: a run, under way", "staff_run", to_path(lambda site: site.run("04")), "dana"),
    State(
        "staff: a run, stopped without a reason",
        "staff_run_act",
        sent(to_path(lambda site: site.run("04")), form="#do form"),
        "dana",
        422,
    ),
    State("staff: exceptions", "staff_exceptions", to("staff_exceptions"), "dana"),
    State("staff: none of that kind", "staff_exceptions", to("staff_exceptions", query="?kind=zero"), "dana"),
    State("staff: an exception", "staff_exception", to_path(lambda site: site.exception("high")), "dana"),
    State(
        "staff: nothing decided",
        "staff_exception",
        sent(to_path(lambda site: site.exception("high")), form="#decide form"),
        "dana",
        422,
    ),
    State(
        "staff: an exception, held",
        "staff_exception",
        to_path(lambda site: site.exception("missing_read")),
        "dana",
    ),
    State("staff: meter files", "staff_meter_files", to("staff_meter_files"), "dana"),
    State(
        "staff: no file chosen",
        "staff_upload_meter_file",
        sent(to("staff_meter_files"), form="#upload form"),
        "dana",
        422,
    ),
    State(
        "staff: a meter file, rows wait",
        "staff_meter_file",
        to_path(lambda site: site.meter_file(ROWS_WAIT)),
        "dana",
    ),
    State(
        "staff: a meter file, looked at",
        "staff_meter_file",
        to_path(lambda site: site.meter_file(LOOKED_AT)),
        "dana",
    ),
    State(
        "staff: a meter file, held", "staff_meter_file", to_path(lambda site: site.meter_file(HELD)), "dana"
    ),
    State(
        "staff: a meter file, tried again",
        "staff_bring_in_meter_file",
        sent(to_path(lambda site: site.meter_file(HELD)), form="#do form"),
        "dana",
        409,
    ),
    State(
        "staff: a new sender of meter files", "staff_new_meter_sender", to("staff_new_meter_sender"), "dana"
    ),
    State(
        "staff: a sender of meter files",
        "staff_meter_sender",
        to_path(lambda site: site.meter_sender(SENDER)),
        "dana",
    ),
    State(
        "staff: a mapping tried",
        "staff_meter_sender",
        sent(
            to_path(lambda site: site.meter_sender(SENDER)),
            {"sample": SAMPLE},
            form="#sender-form",
            press="[value=look]",
        ),
        "dana",
    ),
    State("staff: meter exceptions", "staff_read_exceptions", to("staff_read_exceptions"), "dana"),
    State(
        "staff: no meter exceptions",
        "staff_read_exceptions",
        to("staff_read_exceptions", query="?rule=gap"),
        "dana",
    ),
    State(
        "staff: a spike that is held",
        "staff_read_exception",
        to_path(lambda site: site.read_exception("spike")),
        "dana",
    ),
    State(
        "staff: nothing decided about a spike",
        "staff_read_exception",
        sent(to_path(lambda site: site.read_exception("spike")), form="#decide form"),
        "dana",
        422,
    ),
    State(
        "staff: a day written by hand",
        "staff_read_exception",
        to_path(lambda site: site.read_exception("spike", status="edited")),
        "dana",
    ),
    State(
        "staff: an edit undone without a reason",
        "staff_undo_edit",
        sent(to_path(lambda site: site.read_exception("spike", status="edited")), form="#edits form"),
        "dana",
        422,
    ),
    State("staff: find bills", "staff_bills", to("staff_bills"), "dana"),
    State("staff: no such bill", "staff_bills", to("staff_bills", query="?q=12345"), "dana"),
    State("staff: an account's bills", "staff_bills", to_path(lambda site: site.found("pablo")), "dana"),
    State(
        "staff: no day to bill to",
        "staff_off_cycle",
        sent(to_path(lambda site: site.found("pablo")), form="#now form"),
        "dana",
        422,
    ),
    State("staff: a bill", "staff_bill", to_path(lambda site: site.history("quentin")), "dana"),
    State(
        "staff: a bill taken back",
        "staff_bill",
        to_path(lambda site: site.history("quentin", back=1)),
        "dana",
    ),
    State(
        "staff: a bill to be corrected", "staff_bill", to_path(lambda site: site.history("ursula")), "dana"
    ),
    State(
        "staff: a bill taken back without a reason",
        "staff_cancel_bill",
        sent(to_path(lambda site: site.history("alice")), form="#cancel form"),
        "dana",
        422,
    ),
    State(
        "staff: a correction left without a reason",
        "staff_dismiss_correction",
        sent(to_path(lambda site: site.history("ursula")), form="#corrections form"),
        "dana",
        422,
    ),
    State(
        "staff: a late fee taken back without a reason",
        "staff_late_fee",
        sent(to_path(lambda site: site.history("hugo", back=1)), form="#late-fee form"),
        "dana",
        422,
    ),
    State(
        "staff: an account with a deposit", "staff_bills", to_path(lambda site: site.found("hugo")), "dana"
    ),
    State(
        "staff: a deposit without a reason",
        "staff_deposit",
        sent(to_path(lambda site: site.found("pablo")), form="#deposit form"),
        "dana",
        422,
    ),
    State("staff: a cycle", "staff_cycle", to("staff_cycle", "02"), "dana"),
    State(
        "staff: a cycle that cannot be so",
        "staff_change_cycle",
        sent(to("staff_cycle", "02"), {"read_day": "31"}, form="#change form"),
        "dana",
        422,
    ),
    State(
        "staff: a route without a name",
        "staff_new_route",
        sent(to("staff_cycle", "02"), form="#add-route form"),
        "dana",
        422,
    ),
    State("staff: a route", "staff_route", to("staff_route", "N1"), "dana"),
    State("staff: a route without stops", "staff_route", to("staff_route", "N2"), "dana"),
    State(
        "staff: another order without a day",
        "staff_route_order",
        sent(to("staff_route", "N1"), form="#stops form"),
        "dana",
        422,
    ),
    State(
        "staff: a stop moved without a day",
        "staff_route_move",
        sent(to("staff_route", "N1"), form="#move form"),
        "dana",
        422,
    ),
    State("staff: rules", "staff_policies", to("staff_policies"), "dana"),
    *(
        State(f"staff: a rule, {kind}", "staff_policy", to("staff_policy", kind), "dana")
        for kind in ("late-fee", "deposit", "estimate", "make-good", "tolerance", "message", "insert")
    ),
    State(
        "staff: a rule without a reason",
        "staff_policy",
        sent(to("staff_policy", "late-fee"), {"percent": "1.5"}, form="main .form"),
        "dana",
        422,
    ),
)
