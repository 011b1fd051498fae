"""The life of a comparison of two versions."""

from __future__ import annotations

from enum import StrEnum

from meterside.engine.lifecycle import status_table


class StudyStatus(StrEnum):
    """Where a comparison stands."""

    RUNNING = "running"  # chunks are worked
    STOPPED = "stopped"  # somebody stopped it; it may go on
    DONE = "done"  # every chunk is done: the result stands


STUDY = status_table(
    "comparison",
    StudyStatus.RUNNING,
    {
        StudyStatus.RUNNING: (StudyStatus.STOPPED, StudyStatus.DONE),
        StudyStatus.STOPPED: (StudyStatus.RUNNING,),
        StudyStatus.DONE: (),
    },
)
