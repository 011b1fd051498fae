"""What every kind of meter file must do. A vendor's test subclasses the suite and gives it samples."""

from __future__ import annotations

import io
import tomllib
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from importlib import import_module, resources
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterside.contracts.metering import (
    DayRows,
    Feed,
    FileStatus,
    FlowDirection,
    MeterFileSource,
    Reason,
    UnableToCombine,
    UnableToReadFile,
)
from meterside.engine.period import service_day_seconds

QUALITY_RULES = {
    "manifest",
    "readme",
    "conformance",
    "units-and-multipliers",
    "delivered-and-received-apart",
    "stamps",
    "clock-changes",
    "doubled-shuffled-late",
    "corrections-as-versions",
    "refusals-with-line-and-reason",
    "cut-file-held",
    "hostile-input",
    "encodings",
    "size-limit",
    "several-usage-points",
    "register-reads",
    "daily-and-period-reads",
    "missing-reads",
    "real-files",
    "speed",
    "fuzzed",
    "export",
}
HOSTILE_BYTES = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\n\n", b'"', b",", b",,", b";", b"-", b"1e308",
    b"1E999999999", b"N32", b"E+9", b"0.0000001", b"NaN", b"inf", b"-0", b"99999999999999999999", b"0001",
    b"9999-12-31", b"1970-01-01 00:00", b"197001010000", b"999912312359", b"\xe2\x80\xae", b"&lt;",
    b"<!DOCTYPE x>", b"\x1a", b"\x85", b"\xc3",
]  # fmt: skip
NOW = datetime(2025, 6, 1, tzinfo=UTC)


class FileConformance(ABC):
    """What every kind of file must do, whatever reads it holds."""

    zone: ZoneInfo

    @abstractmethod
    def source(self) -> MeterFileSource:
        """The source under test."""

    @abstractmethod
    def good_file(self) -> bytes:
        """Whole local days of one delivered channel, every read there once and measured."""

    def read(self, data: bytes, *, now: datetime = NOW) -> Feed:
        return self.source().parse(io.BytesIO(data), name="sample", now=now)

    def test_it_knows_its_own_kind_and_no_other(self) -> None:
        source = self.source()
        assert source.recognises(self.good_file()[:65536])
        assert not source.recognises(b"date,kWh\n2024-01-01,5\n")
        assert not source.recognises(b"")

    def test_a_cut_file_is_held(self) -> None:
        data = self.good_file().rstrip()
        for length in (1, len(data) // 3, len(data) // 2, len(data) - 1):
            with pytest.raises(UnableToReadFile) as caught:
                self.read(data[:length])
            assert caught.value.reason in (Reason.CUT_OFF, Reason.NOT_WELL_FORMED)
            assert caught.value.words
            assert caught.value.file is not None
            assert caught.value.file.size_bytes == length

    def test_an_empty_file_is_held(self) -> None:
        with pytest.raises(UnableToReadFile):
            self.read(b"")

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(st.data())
    def test_a_spoilt_file_is_a_feed_or_a_clean_refusal(self, data: st.DataObject) -> None:
        good = self.good_file()
        spoilt = bytearray(good)
        for _ in range(data.draw(st.integers(1, 4), "changes")):
            at = data.draw(st.integers(0, max(0, len(spoilt) - 1)), "at")
            cut = data.draw(st.integers(0, 12), "cut")
            spoilt[at : at + cut] = data.draw(
                st.one_of(st.binary(max_size=8), st.sampled_from(HOSTILE_BYTES)), "put"
            )
        self._is_clean(bytes(spoilt))

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(st.binary(max_size=400))
    def test_any_bytes_are_a_feed_or_a_clean_refusal(self, noise: bytes) -> None:
        self._is_clean(noise)
        self._is_clean(self.good_file()[:200] + noise + b"\n")

    def _feed_or_none(self, data: bytes) -> Feed | None:
        """The feed, or None for a file that is held in words; any other exception is a failure."""
        try:
            return self.read(data)
        except UnableToReadFile as error:
            if error.words and error.file is not None:
                return None
            raise

    def _is_clean(self, data: bytes) -> None:
        feed = self._feed_or_none(data)
        if feed is None:
            return
        assert all(refusal.words and len(refusal.excerpt) <= 200 for refusal in feed.refusals)
        laid_out = [self.source().to_day_rows([channel], self.zone) for channel in feed.channels]
        for columns in feed.columns:
            self.source().lay_out(columns, self.zone)
        self.source().report(feed, laid_out, self.zone)
        for channel in feed.channels:
            assert all(0 <= read.value < 2**53 for read in channel.reads)

    def test_manifest_readme_and_quality_scale_tell_about_it(self) -> None:
        package = type(self.source()).__module__.rpartition(".")[0]
        folder = resources.files(package)
        manifest = tomllib.loads(folder.joinpath("manifest.toml").read_text("utf-8"))
        module, _, name = manifest["adapter"].partition(":")
        assert getattr(import_module(module), name) is type(self.source())
        assert manifest["format"] == self.source().format_name
        assert len(folder.joinpath(manifest["documentation"]).read_text("utf-8")) > 1000
        scale = yaml.safe_load(folder.joinpath(manifest["quality_scale"]).read_text("utf-8"))["rules"]
        assert set(scale) == QUALITY_RULES
        for rule, told in scale.items():
            assert told["status"] in {"done", "todo", "exempt"}, rule
            assert told["status"] == "done" or told["comment"], rule


class MeterFileConformance(FileConformance):
    """One channel of whole local days with nothing wrong; the same file with its rows in another order."""

    @abstractmethod
    def shuffled_file(self) -> bytes:
        """The same reads in another order."""

    @abstractmethod
    def good_total(self) -> int:
        """The sum of the good file's values, known from how it was made."""

    def laid_out(self, data: bytes) -> DayRows:
        return self.source().to_day_rows(self.read(data).channels, self.zone)

    def test_a_good_file_is_accepted_and_sums_exactly(self) -> None:
        feed = self.read(self.good_file())
        rows = self.source().to_day_rows(feed.channels, self.zone)
        report = self.source().report(feed, [rows], self.zone)
        assert report.status is FileStatus.ACCEPTED
        assert report.quarantined == ()
        assert sum(row.total() for row in rows.rows) == self.good_total()
        assert report.reads == report.rows == len(feed.channels[0].reads)
        assert [summary.total for summary in report.channels] == [self.good_total()]
        assert feed.file.size_bytes == len(self.good_file())
        assert len(feed.file.sha256) == 64

    def test_values_are_whole_numbers_in_a_named_unit(self) -> None:
        (channel,) = self.read(self.good_file()).channels
        assert channel.unit.symbol
        assert channel.direction is FlowDirection.DELIVERED
        assert all(type(read.value) is int and read.value >= 0 for read in channel.reads)

    def test_days_are_whole_local_days_in_order(self) -> None:
        rows = self.laid_out(self.good_file()).rows
        for row in rows:
            assert row.count * row.seconds == service_day_seconds(row.day, self.zone)
            assert row.start_utc.astimezone(self.zone).hour == 0
            assert row.quality is None
        assert all(before.day + timedelta(days=1) == after.day for before, after in pairwise(rows))

    def test_order_does_not_matter(self) -> None:
        assert self.shuffled_file() != self.good_file()
        assert self.laid_out(self.shuffled_file()) == self.laid_out(self.good_file())

    def test_twice_is_once(self) -> None:
        once = self.read(self.good_file()).channels
        twice = self.source().to_day_rows([*once, *once], self.zone)
        assert twice.rows == self.laid_out(self.good_file()).rows
        assert twice.duplicates == twice.reads == len(once[0].reads)

    def test_stamps_in_the_future_are_put_aside_with_their_line(self) -> None:
        feed = self.read(self.good_file(), now=datetime(2001, 1, 1, tzinfo=UTC))
        assert feed.channels == ()
        assert {refusal.reason for refusal in feed.refusals} == {Reason.STAMP_IN_FUTURE}
        assert all(refusal.line > 0 and refusal.excerpt for refusal in feed.refusals)
        assert self.source().report(feed, [], self.zone).status is FileStatus.HELD

    def test_another_unit_or_direction_than_registered_is_refused(self) -> None:
        (channel,) = self.read(self.good_file()).channels
        assert channel.refuse_unless(unit_code=channel.unit.code, direction=channel.direction) is None
        refusal = channel.refuse_unless(unit_code="furlong", direction=channel.direction)
        assert refusal is not None
        assert refusal.reason is Reason.UNIT_MISMATCH
        assert (
            channel.refuse_unless(unit_code=channel.unit.code, direction=FlowDirection.RECEIVED) is not None
        )

    def test_nothing_combines_to_nothing(self) -> None:
        with pytest.raises(UnableToCombine):
            self.source().to_day_rows([], self.zone)


class TextFileConformance(MeterFileConformance):
    """What every format of text lines must do besides."""

    def test_encodings_and_line_ends_do_not_matter(self) -> None:
        text = self.good_file().decode()
        expected = self.laid_out(self.good_file()).rows
        for data in (
            text.encode("utf-8-sig"),
            text.encode("utf-16"),
            text.encode("utf-16-le"),
            text.encode("utf-16-be"),
            text.replace("\n", "\r\n").encode(),
            text.encode() + b"\x1a",
        ):
            assert self.source().recognises(data[:65536])
            assert self.laid_out(data).rows == expected

    def test_other_encodings_are_held_by_name(self) -> None:
        text = self.good_file().decode()
        for data in (text.encode() + b"\xff\n", text.encode() + b"a\x00b\n", text.encode("utf-32")):
            with pytest.raises(UnableToReadFile) as caught:
                self.read(data)
            assert caught.value.reason is Reason.WRONG_ENCODING

    def test_archives_are_held(self) -> None:
        for head in (b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"7z\xbc\xaf'\x1c"):
            with pytest.raises(UnableToReadFile) as caught:
                self.read(head + b"\x00" * 100)
            assert caught.value.reason is Reason.COMPRESSED

    def test_a_file_too_large_is_held_before_it_is_read(self) -> None:
        endless = _Endless()
        with pytest.raises(UnableToReadFile) as caught:
            self.source().parse(endless, name="endless", now=NOW)
        assert caught.value.reason is Reason.TOO_LARGE
        assert endless.bytes_read == 0


class _Endless(io.BytesIO):
    """A file of 40 GB, of which nothing needs to be there."""

    bytes_read = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        return 40 * 1024**3 if whence == 2 else offset

    def read(self, size: int | None = -1) -> bytes:
        self.bytes_read += 1
        return b"x" * 1024
