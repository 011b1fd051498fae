"""What the PDF prints, ready in words: the template only lays it out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meterside.journeys.see_bill import BillPage, ServiceCharges, SumLine, Why
from meterside.kit.envelopes import SHEET_HEIGHT_MIL, Box
from meterside.web.components.chart import ChangePart, changes
from meterside.web.components.chart.words import strip_words
from meterside.web.customer.bill.strips import pair_of, strip_of
from meterside.web.design import formats

from .address import AddressBlock, address_block, shortened
from .columns import Piece, help_pt, is_long, lay_out, upper_pt
from .drawings import PAIR_HEIGHT, STRIP_HEIGHT, Colours, change_svg, pair_svg, strip_svg
from .stub import phone, stub_data

#: Lines of how a bill adds up that the sheet has room for; of more, payments and changes are one line.
_MOST_SUMS = 9

#: Letters of a name or an address in the upper right, three lines.
_LONGEST_FACT = 100

# Less than the room there is, in points: heights are estimates.
_SPARE_PT, _SPARE_UPPER_PT, _SPARE_NEXT_PT = 7, 2.5, 17
# The sheet's margins, as in the template.
_TOP_PT, _BOTTOM_PT = 25.5, 34.0

_NBSP = "\N{NO-BREAK SPACE}"


class UtilityFacts(Protocol):
    """What the sheet says of the utility; the settings' own topic has it."""

    name: str
    office: str
    phone: str
    email: str
    emergency_phone: str


class PaperFacts(Protocol):
    """Where the addresses stand on the sheet; the settings' own topic has it."""

    @property
    def remit_lines(self) -> tuple[str, ...]: ...

    @property
    def fold_mil(self) -> int: ...

    @property
    def stub_mil(self) -> int: ...

    @property
    def mail_box(self) -> Box: ...

    @property
    def remit_box(self) -> Box: ...

    @property
    def scan_line_mil(self) -> int: ...


def shared_data(
    *, title: str, utility: UtilityFacts, paper: PaperFacts, colours: Colours, logo: str
) -> dict[str, Any]:
    """What all bills of a document have in common."""
    return {
        "title": title,
        "language": (get_language() or "en")[:2],
        "utility": {"name": utility.name, "reach": f"{utility.phone} · {utility.email}"},
        "logo": logo,
        "colours": dict(colours),
        "remit": _address(address_block(paper.remit_lines[0], paper.remit_lines[1:], paper.remit_box)),
        "paper": {
            "fold": paper.fold_mil,
            "stub": paper.stub_mil,
            "scan": paper.scan_line_mil,
            "mail": _box(paper.mail_box),
            "remit": _box(paper.remit_box),
        },
    }


def _address(block: AddressBlock) -> dict[str, Any]:
    return {"size": block.size_pt, "lines": block.lines}


def _box(box: Box) -> dict[str, int]:
    return {"left": box.left_mil, "bottom": box.bottom_mil, "width": box.width_mil, "height": box.height_mil}


def bill_data(
    page: BillPage, *, utility: UtilityFacts, paper: PaperFacts, pay_url: str, colours: Colours
) -> dict[str, Any]:
    """Everything on one bill as plain JSON values, in the language of the request."""
    stub = stub_data(page, utility, pay_url)
    facts = [
        [_("Account"), page.account_number],
        [_("Bill number"), str(page.number)],
        [_("In the name of"), shortened(page.holder_name, _LONGEST_FACT)],
        [_("Service at"), shortened("; ".join(page.addresses), _LONGEST_FACT)],
    ]
    facts = [fact for fact in facts if fact[1]]  # a bill of a former system knows neither name nor place
    sums, notices, help_lines = _sums(page), _notices(page), _help(page, utility)
    has_help_above = upper_pt(facts, sums, notices) + help_pt(help_lines) <= _upper_room_pt(paper)
    at_the_end = [] if has_help_above else [{"kind": "help", "text": " ".join(help_lines)}]
    size, sheets = lay_out(
        _pieces(page, colours, at_the_end),
        first_pt=_first_room_pt(paper, has_stub=stub is not None),
        next_pt=_pt(SHEET_HEIGHT_MIL) - _TOP_PT - _BOTTOM_PT - _SPARE_NEXT_PT,
    )
    title = bill_title(page)
    mail = address_block(page.holder_name, page.mail_to or page.addresses[:1], paper.mail_box)
    return {
        "language": (get_language() or "en")[:2],
        "size": size,
        "title": title,
        "subtitle": _subtitle(page),
        "mail_to": _address(mail),
        "facts": facts,
        "foot": f"{utility.name} · {_('Account')} {page.account_number} · {title}",
        "hero": _hero(page),
        "sums": sums,
        "notices": notices,
        "help": help_lines if has_help_above else [],
        "sheets": sheets,
        "stub": stub,
        "inserts": [[one.title, list(one.paragraphs)] for one in page.inserts],
        "of_pages": _("Page %(page)s of %(last)s") % {"page": "{page}", "last": "{last}"},
    }


def _pt(mil: int) -> float:
    return mil * 0.072


def _upper_room_pt(paper: PaperFacts) -> float:
    """From the upper margin to the fold."""
    return _pt(paper.fold_mil) - _TOP_PT - _SPARE_UPPER_PT


def _first_room_pt(paper: PaperFacts, *, has_stub: bool) -> float:
    """From the fold to the stub, or to the lower margin."""
    below_pt = _pt(paper.stub_mil) if has_stub else _BOTTOM_PT
    return _pt(SHEET_HEIGHT_MIL - paper.fold_mil) - below_pt - _SPARE_PT


def bill_title(page: BillPage) -> str:
    """What the document is called, on its face and in a reader's title bar."""
    return _("Bill of %(day)s") % {"day": formats.day_year(page.bill_date)}


def _subtitle(page: BillPage) -> str:
    days = _("For %(days)s") % {"days": formats.days(page.first_day, page.last_day)}
    return f"{days} · {_('final bill')}" if page.kind == "final" else days


def _hero(page: BillPage) -> dict[str, str]:
    if page.total_due_cents > 0:
        label = _("Due %(day)s") % {"day": formats.day_long(page.due_date)}
    elif page.total_due_cents < 0:
        label = _("Your credit; nothing to pay")
    else:
        label = _("Nothing to pay")
    return {"label": label, "amount": formats.money(abs(page.total_due_cents))}


def _few(sums: Sequence[SumLine]) -> list[SumLine]:
    """The lines there is room for: of more, payments and changes are one; late fees and deposits keep theirs."""
    if len(sums) <= _MOST_SUMS:
        return list(sums)
    first, *between, last = sums
    own = [line for line in between if line.is_own]
    rest = sum(line.amount_cents for line in between if not line.is_own)
    return [first, SumLine(_("Payments and adjustments"), rest), *own, last]


def _sums(page: BillPage) -> dict[str, Any]:
    lines = [(line.label, line.how, line.amount_cents) for line in _few(page.sums)]
    label = _("Credit") if page.total_due_cents < 0 else _("Total due")
    after = list(page.sum_notes)
    if page.late and not page.is_cancelled:
        after.append(
            _("After %(day)s it is %(amount)s, with a late fee of %(fee)s.")
            % {
                "day": formats.day(page.late.after),
                "amount": formats.money(page.late.amount_cents),
                "fee": formats.money(page.late.fee_cents),
            }
        )
    return {
        "title": _("How it adds up"),
        "lines": [[label, detail, formats.money(cents)] for label, detail, cents in lines],
        "total": [label, formats.money(abs(page.total_due_cents))],
        "after": after,
    }


# --- the columns ---------------------------------------------------------------------------------


def _pieces(page: BillPage, colours: Colours, at_the_end: Sequence[Piece] = ()) -> list[Piece]:
    """What stands in the columns, in reading order."""
    pieces: list[dict[str, Any]] = []
    if page.why is not None and page.why.parts:
        pieces.append(_why(page.why, colours))
    lead = [_("Your charges"), formats.money(page.current_charges_cents)]
    for place, service in enumerate(page.services):
        pieces.append(_service(service, colours) | {"lead": None if place else lead})
    meters = _meters(page.services)
    pieces += [meters] if meters else []
    titles = [_("A word from us"), *([""] * len(page.messages))]
    pieces += [
        {"kind": "message", "title": title, "text": text}
        for title, text in zip(titles, page.messages, strict=False)
    ]
    pieces += [dict(piece) for piece in at_the_end]
    return [piece | {"is_long": is_long(piece)} for piece in pieces]


def _notices(page: BillPage) -> list[str]:
    if page.is_cancelled:
        return [_("This bill was cancelled. Please do not pay it.")]
    found = []
    if page.replaced_numbers:
        numbers = ", ".join(map(str, page.replaced_numbers))
        stands_for = _("It stands in place of bill %(numbers)s, which we took back. What you paid counts.")
        found.append(f"{_('This is a corrected bill')}. {stands_for % {'numbers': numbers}}")
    if page.past_due_cents and page.total_due_cents > 0:
        past_due = formats.money(min(page.past_due_cents, page.total_due_cents))
        found.append(_("%(amount)s of this was past due already. Please pay it now.") % {"amount": past_due})
    if not page.is_explained:
        found.append(_("This bill was made in our former billing system, which kept the totals only."))
    return found


def _why(why: Why, colours: Colours) -> dict[str, Any]:
    drawn = changes(
        before_cents=why.before_cents,
        after_cents=why.after_cents,
        parts=[ChangePart(part.label, part.amount_cents, part.note) for part in why.parts],
    )
    parts = [
        {
            "label": bar.part.label,
            "note": bar.part.note,
            "amount": formats.money_change(bar.part.amount_cents),
            "bar": change_svg(bar.box, is_down=bar.part.amount_cents < 0, colours=colours),
        }
        for bar in drawn.bars
    ]
    return {
        "kind": "why",
        "title": _("Why it changed"),
        "before": _("%(day)s was %(amount)s")
        % {"day": formats.day_short(why.previous_bill_date), "amount": formats.money(why.before_cents)},
        "parts": parts,
        "brief": {"parts": [part | {"bar": None} for part in parts]},
        "total": [_("In all"), formats.money_change(drawn.total_cents)],
    }


def _service(service: ServiceCharges, colours: Colours) -> dict[str, Any]:
    drawing = _drawing(service, colours)
    before = [drawing["words"] if drawing else "", service.last_year.words if service.last_year else ""]
    after = [service.estimated, service.rate]
    # The first sentences are the meters' own reads, one for each: the table of meters says the same.
    besides = service.sentences[len(service.meters) :]
    return {
        "kind": "service",
        "colour": service.service if service.service in colours else "brand",
        "title": service.title,
        "beside": service.detail,
        "detail": service.address,
        "amount": formats.money(service.total_cents),
        "groups": [
            {
                "heading": group.heading,
                "lines": [[line.label, line.how, formats.money(line.amount_cents)] for line in group.lines],
            }
            for group in service.groups
        ],
        "small": _joined([*before, *service.sentences, *after]),
        "terse": _joined([*before, *besides, *after]),
        "drawing": drawing,
        # A day now and a year before are in the words too; the days of the period are not.
        "brief": {} if drawing and drawing["ends"] else {"drawing": None},
    }


def _joined(sentences: Sequence[str]) -> str:
    return " ".join(text for text in sentences if text)


def _drawing(service: ServiceCharges, colours: Colours) -> dict[str, Any] | None:
    """The days as bars, or use a day now and a year before; and the same in a sentence for who does not see it."""
    colour = service.service if service.service in colours else "brand"
    strip = strip_of(service.days)
    if strip is not None:
        highest = max((bar.use.amount or Decimal(0) for bar in strip.bars), default=Decimal(0))
        said = _("%(service)s: use for each day") % {"service": service.title}
        most = _("The most on one day: %(use)s.") % {"use": formats.usage(Decimal(highest), service.unit, 2)}
        legend = _("gray: a year before") if strip.has_last_year else ""
        words = f"{strip_words(strip)} {most}"
        return {
            "svg": strip_svg(strip, colour=colour, colours=colours),
            "height": STRIP_HEIGHT,
            "said": f"{said}. {words}",
            "words": words,
            "ends": [formats.day_short(strip.first), legend, formats.day_short(strip.last)],
        }
    pair = pair_of(service)
    if not pair:
        return None
    said = _("%(service)s: use a day") % {"service": service.title}
    return {
        "svg": pair_svg([share for _label, _use, share in pair], colour=colour, colours=colours),
        "height": PAIR_HEIGHT,
        "said": f"{said}. " + "; ".join(f"{label}: {use}" for label, use, _share in pair) + ".",
        "words": "",
        "ends": [],
    }


def _meters(services: Sequence[ServiceCharges]) -> dict[str, Any] | None:
    """One table of all meters; water and sewer share a meter, which is printed once."""
    rows: dict[tuple[str, ...], None] = {}
    for service in services:
        for meter in service.meters:
            reads = meter.reads or ("–", "–")
            rows[meter.badge, *reads, meter.multiplier, meter.days, meter.used] = None
    if not rows:
        return None
    return {
        "kind": "meters",
        "title": _("Your meters"),
        "head": [_("Meter"), _("Read before"), _("Read now"), _("Times"), _("Days"), _("Used")],
        "rows": [list(row) for row in rows],
    }


def _help(page: BillPage, utility: UtilityFacts) -> list[str]:
    words = _(
        "Something not right? Tell us what, and name bill %(number)s: %(phone)s, %(email)s or %(office)s."
    )
    facts = {
        "number": page.number,
        "phone": phone(utility.phone),
        "email": utility.email,
        "office": utility.office,
    }
    emergency = _("Smell gas or see a wire down? Leave, then call %(phone)s.")
    return [words % facts, emergency % {"phone": phone(utility.emergency_phone)}]
