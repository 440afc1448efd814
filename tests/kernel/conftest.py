"""Where the kernel tests run: here if this kernel has bonding and we are root, else in a guest.

For the guests, pytest runs in each of them with the tests that were chosen, and its reports are
handed on here under the same names: nothing else differs. Each guest takes the next test that none
has taken yet. They start when the tests have been collected and work while the other tests run.
A test that is skipped in a guest has failed.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.guest import OUT, Guest, GuestError, ended_by_signals
from tests.kernel import lab as kernel_lab
from tests.kernel import namespaces
from tests.kernel.lab import CHECKOUT, Lab

HERE = Path(__file__).parent
REPORTS, TAKEN = "BONDTUI_TEST_REPORTS", "BONDTUI_TESTS_TAKEN"
"""Where a guest writes its reports, and the folder of the host in which all guests mark the tests that they take."""
GUESTS = 2
"""A guest has one processor. With more of them than processors, tests that measure times are shaken now and then."""
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
        config.pluginmanager.register(Taking(os.environ[TAKEN]))
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


class Taking:
    """In the guest: run what no other guest has taken, in order."""

    def __init__(self, shared: str) -> None:
        self._folder = Path(OUT).with_name("taken")
        self._folder.mkdir()
        namespaces.mount("taken", self._folder, "hostfs", options=shared)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Called by pytest to run all tests. One is taken ahead, since what it has in common with the next is kept."""
        if session.testsfailed:  # not everything could be collected, which pytest itself says
            return None
        mine = (item for number, item in enumerate(session.items) if self._takes(number))
        item = next(mine, None)
        while item is not None:
            following = next(mine, None)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            item = following
        return True

    def _takes(self, number: int) -> bool:
        try:
            (self._folder / str(number)).mkdir()
        except FileExistsError:
            return False
        return True


class InGuest:
    """On the host: the chosen tests run in guests, and their reports become ours."""

    def __init__(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        self._items = {item.nodeid for item in items}
        self._reports: dict[str, list[pytest.TestReport]] = {}
        self._signals = ended_by_signals()
        self._signals.__enter__()
        self._taken = tempfile.mkdtemp(prefix="bondtui-taken-")
        # The guests see the checkout but cannot write into it: each program in them would compile it anew.
        compileall.compile_dir(CHECKOUT / "bondtui", quiet=2)
        tests = [item.nodeid for item in items]
        self._workers = [Worker(config, tests, self._taken) for _ in range(min(GUESTS, len(items)))]

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Called by pytest to run one test."""
        if item.nodeid not in self._items:
            return None
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._reports_of(item):
            hook.pytest_runtest_logreport(report=_never_skipped(report))
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_sessionfinish(self) -> None:
        """Called by pytest at the end, also after Ctrl+C."""
        for worker in self._workers:
            worker.stop()
        shutil.rmtree(self._taken, ignore_errors=True)
        self._signals.__exit__(None, None, None)

    def _reports_of(self, item: pytest.Item) -> list[pytest.TestReport]:
        """Wait for the reports of one test; a failure of our own if there are none."""
        deadline = time.monotonic() + ONE_TEST_SECONDS
        while True:
            troubles = [worker.trouble() for worker in self._workers]
            for worker in self._workers:
                for report in worker.reports():
                    self._reports.setdefault(report.nodeid, []).append(report)
            reports = self._reports.get(item.nodeid, [])
            if reports and reports[-1].when == "teardown":
                return reports
            if all(troubles):
                return [_failed(item, "\n".join(troubles))]
            if time.monotonic() > deadline:
                tails = "\n".join(worker.tail() for worker in self._workers)
                return [_failed(item, f"no report from a guest within {ONE_TEST_SECONDS:g} s:\n{tails}")]
            time.sleep(0.05)


class Worker:
    """One guest and the reports of what it has run."""

    def __init__(self, config: pytest.Config, tests: Sequence[str], taken: str) -> None:
        self._config = config
        self._read = 0
        self._failure = ""
        self._guest: Guest | None = None
        options = ["-q", "-p", "no:randomly", "--color=no", f"--tb={config.option.tbstyle}"]
        environment = {REPORTS: f"{OUT}/reports", TAKEN: taken}
        argv = [sys.executable, "-m", "pytest", *options, *tests]
        try:
            self._guest = Guest(argv, cwd=config.rootpath, environment=environment)
        except GuestError as error:
            self._failure = str(error)

    def stop(self) -> None:
        """End the guest."""
        if self._guest is not None:
            self._guest.stop()
            self._guest = None

    def trouble(self) -> str:
        """Why there will be no more reports; ``""`` while the guest runs."""
        try:
            status = self._guest.poll() if self._guest else 0
        except GuestError as error:
            self._failure = str(error)
        else:
            if status is not None:
                self._failure = (
                    self._failure or f"the guest ended without a report of this test; it said:\n{self.tail()}"
                )
        return self._failure

    def reports(self) -> Iterator[pytest.TestReport]:
        """What it has reported since the last call."""
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
                yield hook.pytest_report_from_serializable(config=self._config, data=json.loads(line))

    def tail(self) -> str:
        """The last of what it has said."""
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
