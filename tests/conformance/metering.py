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
NOW = datetime(2025, 6, 1, tzinfo=UTC)


class MeterFileConformance(ABC):
    """One channel of whole local days with nothing wrong; the same file with its rows in another order."""

    zone: ZoneInfo

    @abstractmethod
    def source(self) -> MeterFileSource:
        """The source under test."""

    @abstractmethod
    def good_file(self) -> bytes:
        """Whole local days of one delivered channel, every read there once and measured."""

    @abstractmethod
    def shuffled_file(self) -> bytes:
        """The same reads in another order."""

    @abstractmethod
    def good_total(self) -> int:
        """The sum of the good file's values, known from how it was made."""

    def read(self, data: bytes, *, now: datetime = NOW) -> Feed:
        return self.source().parse(io.BytesIO(data), name="sample", now=now)

    def laid_out(self, data: bytes) -> DayRows:
        return self.source().to_day_rows(self.read(data).channels, self.zone)

    def test_it_knows_its_own_kind_and_no_other(self) -> None:
        source = self.source()
        assert source.recognises(self.good_file()[:65536])
        assert not source.recognises(b"date,kWh\n2024-01-01,5\n")
        assert not source.recognises(b"")

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
