"""Bytes to entries: what is held whole, and that encodings and line ends change nothing."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.connectors.metering.green_button import parser
from meterside.connectors.metering.green_button.adapter import GreenButtonFile
from meterside.contracts.metering import Feed, Reason, UnableToReadFile
from tests.connectors.green_button_documents import (
    NOW,
    Channel,
    block_entry,
    describing_entries,
    document,
    hours,
    only_channel,
    parse,
    reading,
    utc_s,
    with_reads,
)

START_S = utc_s(2024, 5, 1, 7)
PLAIN = document([*describing_entries(Channel()), block_entry(Channel(), hours(START_S, [5, 6, 7]))])
BARE = PLAIN.partition("\n")[2]


def held(data: bytes) -> UnableToReadFile:
    with pytest.raises(UnableToReadFile) as caught:
        parse(data)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode("utf-8-sig"),
        BARE.encode("utf-8"),
        BARE.encode("utf-16"),
        b"\xff\xfe" + BARE.encode("utf-16-le"),
        b"\xfe\xff" + BARE.encode("utf-16-be"),
        BARE.encode("utf-16-le"),
        BARE.encode("utf-16-be"),
        PLAIN.replace('"UTF-8"', '"ISO-8859-1"').encode("latin-1"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("\n", "\r\n")
        .encode("utf-16")
        .replace(b'"\x00U\x00T\x00F\x00-\x008', b'"\x00U\x00T\x00F\x00-\x001\x006'),
    ],
    ids=["bom", "bare", "utf-16", "le+bom", "be+bom", "le", "be", "latin-1", "crlf", "cr", "utf-16 crlf"],
)
def test_encodings_and_line_ends_change_nothing(data: bytes) -> None:
    found = [(read.start_s, read.duration_s, read.value) for read in only_channel(data).reads]
    assert found == [(START_S, 3600, 5), (START_S + 3600, 3600, 6), (START_S + 7200, 3600, 7)]
    lines = [read.line for read in only_channel(data).reads]
    expected = [number for number, line in enumerate(PLAIN.splitlines(), 1) if "<IntervalReading>" in line]
    assert [line - lines[0] for line in lines] == [0, 1, 2]
    assert lines[0] in (expected[0], expected[0] - 1)  # without an XML declaration all is a line higher


def test_prefixes_are_only_names() -> None:
    text = PLAIN.replace("<feed xmlns=", "<a:feed xmlns:a=").replace("</feed>", "</a:feed>")
    for name in ("entry", "link", "content", "updated", "id"):
        text = text.replace(f"<{name}", f"<a:{name}").replace(f"</{name}", f"</a:{name}")
    assert [read.value for read in only_channel(text.encode()).reads] == [5, 6, 7]


def test_a_single_entry_is_a_document_too() -> None:
    feed = parse(b'<entry xmlns="http://www.w3.org/2005/Atom"><id>1</id></entry>')
    assert [refusal.reason for refusal in feed.refusals] == [Reason.NO_READS]


def test_comments_and_cdata_inside_a_value_are_read_through() -> None:
    odd = reading(START_S, "1<!-- a comment -->2<![CDATA[3]]>")
    assert [read.value for read in only_channel(with_reads([odd])).reads] == [123]


@given(cut=st.integers(min_value=0, max_value=len(PLAIN.rstrip()) - 1))
def test_every_cut_holds_the_file(cut: int) -> None:
    data = PLAIN.encode()[:cut]
    error = held(data)
    assert error.reason in (Reason.CUT_OFF, Reason.NOT_WELL_FORMED)
    assert error.file is not None
    assert error.file.sha256 == hashlib.sha256(data).hexdigest()


def test_a_file_cut_in_its_last_line_says_so() -> None:
    error = held(PLAIN.rstrip()[:-3].encode())
    assert error.reason is Reason.CUT_OFF
    assert error.line == len(PLAIN.splitlines())
    assert "cut off" in error.words


def test_something_after_the_end_holds_the_file() -> None:
    assert held(PLAIN.encode() + b"<feed/>").reason is Reason.NOT_WELL_FORMED


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><feed xmlns="http://www.w3.org/2005/Atom">&c;</feed>'
)
OUTSIDE_ENTITY = (
    '<?xml version="1.0"?>\n<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
    '<feed xmlns="http://www.w3.org/2005/Atom"><id>&x;</id></feed>'
)
OUTSIDE_DTD = '<!DOCTYPE feed SYSTEM "http://x.example/a.dtd"><feed xmlns="http://www.w3.org/2005/Atom"/>'


@pytest.mark.parametrize("text", [BILLION_LAUGHS, OUTSIDE_ENTITY, OUTSIDE_DTD], ids=["laughs", "file", "dtd"])
def test_document_types_and_entities_are_refused(text: str) -> None:
    assert held(text.encode()).reason is Reason.FORBIDDEN_MARKUP


def test_an_undeclared_entity_is_not_well_formed() -> None:
    assert held(BARE.replace("urn:uuid:0", "&x;").encode()).reason is Reason.NOT_WELL_FORMED


def test_compressed_files_are_named() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.xml", b" " * 5_000_000)
    for data in (packed.getvalue(), gzip.compress(PLAIN.encode())):
        error = held(data)
        assert error.reason is Reason.COMPRESSED
        assert "Unpack" in error.words


def test_a_web_page_is_not_this_format() -> None:
    error = held(b"<html><body>Session expired</body></html>")
    assert error.reason is Reason.NOT_THIS_FORMAT
    assert "<html>" in error.words


def test_an_empty_file_is_held_with_its_facts() -> None:
    error = held(b"")
    assert error.reason is Reason.CUT_OFF
    assert error.file is not None
    assert error.file.size_bytes == 0


class _Endless(io.RawIOBase):
    """A file without end that counts how much of it was asked for."""

    given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.given += size
        head = b'<feed xmlns="http://www.w3.org/2005/Atom">' if self.given == size else b""
        return head + b" " * (size - len(head))


def test_a_file_past_the_limit_is_left_unread() -> None:
    stream = _Endless()
    with pytest.raises(UnableToReadFile) as caught:
        GreenButtonFile(max_bytes=1_000_000).parse(stream, name="endless", now=NOW)  # type: ignore[arg-type]
    assert caught.value.reason is Reason.TOO_LARGE
    assert caught.value.file is not None
    assert caught.value.file.sha256 == ""
    assert stream.given < 2_000_000


def test_depth_is_limited_inside_and_outside_a_reading() -> None:
    deep = "<x>" * 40 + "</x>" * 40
    outside = document([f"<entry><content>{deep}</content></entry>"])
    inside = with_reads([f"<IntervalReading>{deep}</IntervalReading>"])
    assert held(outside.encode()).reason is Reason.FORBIDDEN_MARKUP
    assert held(inside).reason is Reason.FORBIDDEN_MARKUP


def test_a_huge_text_is_refused_but_white_space_is_not() -> None:
    text = "7" * (parser.MAX_TEXT_CHARS + 1)
    assert held(with_reads([reading(START_S, text)])).reason is Reason.FORBIDDEN_MARKUP
    assert only_channel(with_reads([reading(START_S, 7), " " * 100_000])).reads[0].value == 7


@pytest.mark.parametrize("token", ["<!--{}-->", '<x a="{}"/>'], ids=["comment", "attribute"])
def test_one_huge_token_is_refused_and_a_long_one_is_not(token: str) -> None:
    huge, long = (document([token.format("x" * count)]).encode() for count in (4_000_000, 500_000))
    assert held(huge).reason is Reason.FORBIDDEN_MARKUP
    assert [refusal.reason for refusal in parse(long).refusals] == [Reason.NO_READS]


def test_names_and_items_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "".join(f"<n{k}/>" for k in range(parser.MAX_NAMES + 1))
    assert held(document([names]).encode()).reason is Reason.FORBIDDEN_MARKUP
    monkeypatch.setattr(parser, "MAX_ITEMS", 50)
    error = held(with_reads(hours(START_S, range(60))))
    assert error.reason is Reason.TOO_LARGE


def test_a_field_said_twice_is_put_aside() -> None:
    twice = reading(START_S, 7).replace("<value>7</value>", "<value>7</value><value>8</value>")
    feed = parse(with_reads([twice, reading(START_S + 3600, 5)]))
    assert [refusal.reason for refusal in feed.refusals] == [Reason.MALFORMED_READ]
    assert [read.value for channel in feed.channels for read in channel.reads] == [5]


def test_elements_of_other_namespaces_say_nothing() -> None:
    foreign = reading(START_S, 7).replace("<value>", '<value xmlns="urn:other">9</value><value>')
    assert [read.value for read in only_channel(with_reads([foreign])).reads] == [7]


def read_or_refuse(data: bytes) -> None:
    """Any other exception than UnableToReadFile fails the test that calls this."""
    with contextlib.suppress(UnableToReadFile):
        assert isinstance(parse(data), Feed)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)
    GreenButtonFile().recognises(data)


@settings(max_examples=200)
@given(
    at=st.integers(min_value=0, max_value=len(PLAIN) - 1),
    size=st.integers(min_value=0, max_value=40),
    put=st.one_of(
        st.binary(max_size=8),
        st.sampled_from([b"-1", b"99999999999999", b"NaN", b"1e3", b"<value/>", b"1970"]),
    ),
)
def test_any_damage_is_read_or_refused(at: int, size: int, put: bytes) -> None:
    data = PLAIN.encode()
    read_or_refuse(data[:at] + put + data[at + size :])
