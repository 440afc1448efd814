"""Where the kernel tests run: here if this kernel has bonding and we are root, else in a guest.

For the guest, pytest runs a second time in there with the tests that were chosen, and its reports
are handed on here under the same names: nothing else differs. The guest starts when the tests have
been collected and works while the other tests run. A test that is skipped in it has failed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.guest import OUT, Guest, GuestError, ended_by_signals
from tests.kernel import lab as kernel_lab
from tests.kernel.lab import Lab

HERE = Path(__file__).parent
REPORTS = "BONDTUI_TEST_REPORTS"
GUESTS = 2
"""A guest has one processor, however many its host has."""
ONE_TEST_SECONDS = 180.0
"""More than the time limit of a test in the guest, plus the guest's start."""


def bonding_here() -> bool:
    """Whether the running kernel will do."""
    return os.geteuid() == 0 and Path("/sys/module/bonding").exists()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The kernel tests last, so that the guest can work on them meanwhile."""
    if not bonding_here():
        items.sort(key=lambda item: HERE in item.path.parents)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Decide who runs the tests that were chosen."""
    config = session.config
    if target := os.environ.get(REPORTS):
        config.pluginmanager.register(Reporting(config, Path(target)))
    mine = [item for item in session.items if HERE in item.path.parents]
    if mine and not bonding_here() and not config.option.collectonly:
        for item in mine:
            item.add_marker(pytest.mark.timeout(0))  # the guest's own limits count
        config.pluginmanager.register(InGuest(config, mine), "kernel-tests-in-guest")


class Reporting:
    """In the guest: write each report to a file that the host reads."""

    def __init__(self, config: pytest.Config, path: Path) -> None:
        self._config = config
        self._file = path.open("w", encoding="utf-8")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for the setup, the call and the teardown of each test."""
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._file.write(json.dumps(data) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


class InGuest:
    """On the host: the chosen tests run in guests, and their reports become ours."""

    def __init__(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        self._signals = ended_by_signals()
        self._signals.__enter__()
        self._shares = [Share(config, items[first::GUESTS]) for first in range(min(GUESTS, len(items)))]
        self._share_of = {item.nodeid: share for share in self._shares for item in share.items}

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Called by pytest to run one test."""
        share = self._share_of.get(item.nodeid)
        if share is None:
            return None
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in share.reports_of(item):
            hook.pytest_runtest_logreport(report=_never_skipped(report))
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_sessionfinish(self) -> None:
        """Called by pytest at the end, also after Ctrl+C."""
        for share in self._shares:
            share.stop()
        self._signals.__exit__(None, None, None)


class Share:
    """One guest and the tests that run in it."""

    def __init__(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        self.items = items
        self._config = config
        self._reports: dict[str, list[pytest.TestReport]] = {}
        self._read = 0
        self._failure = ""
        self._guest: Guest | None = None
        options = ["-q", "-p", "no:randomly", "--color=no", f"--tb={config.option.tbstyle}"]
        argv = [sys.executable, "-m", "pytest", *options, *(item.nodeid for item in items)]
        try:
            self._guest = Guest(argv, cwd=config.rootpath, environment={REPORTS: f"{OUT}/reports"})
        except GuestError as error:
            self._failure = str(error)

    def stop(self) -> None:
        """End the guest."""
        if self._guest is not None:
            self._guest.stop()
            self._guest = None

    def reports_of(self, item: pytest.Item) -> list[pytest.TestReport]:
        """Wait for the guest's reports of one test; a failure of our own if there are none."""
        deadline = time.monotonic() + ONE_TEST_SECONDS
        while not self._failure:
            ended = self._why_ended()
            self._read_reports()
            reports = self._reports.get(item.nodeid, [])
            if reports and reports[-1].when == "teardown":
                return reports
            if ended:
                self._failure = f"{ended}\n{self._tail()}"
            elif time.monotonic() > deadline:
                self._failure = f"no report from the guest within {ONE_TEST_SECONDS:g} s:\n{self._tail()}"
            else:
                time.sleep(0.02)
        return [_failed(item, self._failure)]

    def _why_ended(self) -> str:
        """Why there will be no more reports; ``""`` while the guest runs."""
        try:
            status = self._guest.poll() if self._guest else 0
        except GuestError as error:
            return str(error)
        return "" if status is None else "the guest ended without a report of this test; it said:"

    def _read_reports(self) -> None:
        path = self._guest.folder / "reports" if self._guest else None
        if path is None or not path.exists():
            return
        with path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                hook = self._config.hook
                report = hook.pytest_report_from_serializable(config=self._config, data=json.loads(line))
                self._reports.setdefault(report.nodeid, []).append(report)

    def _tail(self) -> str:
        text = self._guest.output.read_text(errors="replace") if self._guest else ""
        return "\n".join(text.splitlines()[-40:])


def _failed(item: pytest.Item, reason: str) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={},
        outcome="failed",
        longrepr=reason,
        when="call",
    )


def _never_skipped(report: pytest.TestReport) -> pytest.TestReport:
    if report.skipped:
        report.longrepr = f"skipped in the guest, but a kernel test is never skipped: {report.longrepr}"
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def _prepared() -> None:
    kernel_lab.prepare()


@pytest.fixture
def lab(_prepared: None) -> Iterator[Lab]:
    """A machine and a switch of the test's own."""
    made = Lab()
    yield made
    made.close()


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Names of interfaces may be hostile; names of tests may not."""
    return None if not isinstance(val, str) or val.isprintable() else ascii(val).strip("'")
