"""What a plan's faults do to machines, lanes and the group, and how all of it ends."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from streams.transaction import transactional_id
from tests.simulation.broker import Busy
from tests.simulation.group import SESSION_S
from tests.simulation.machines import Machine, Machines
from tests.simulation.plan import Fault
from tests.simulation.wire import FATES
from tests.simulation.worker import Worker


class Faults:
    """Lets faults happen; `counts` says how many did, by kind."""

    def __init__(self, machines: Machines, counts: Counter[str], tell: Callable[[str], None]) -> None:
        self._machines = machines
        self._counts = counts
        self._tell = tell

    def happen(self, fault: Fault) -> None:
        """Now, or so many steps of a worker later."""
        machines = self._machines
        machine = machines.all[fault.whom]
        worker = machine.worker
        if fault.kind == "fence":
            self._counts["fence"] += 1
            self._fence(fault.whom % machines.settings.partitions)
        elif fault.kind == "rebalance":
            self._counts["rebalance"] += 1
            self._tell("group is rebalanced")
            machines.group.rebalance()
        elif fault.kind == "join":
            self._counts["join"] += 1
            machines.add()
        elif worker is not None:
            light = partial(
                machines.loop.light, worker, fault.steps, partial(self._strike, machine, worker, fault)
            )
            if fault.amid:
                worker.wire.on_write = light
            else:
                light()

    def _strike(self, machine: Machine, worker: Worker, fault: Fault) -> None:
        if machine.worker is not worker:
            return
        match fault.kind:
            case "kill":
                worker.tell("is killed")
                self._machines.kill(machine, fault.for_s / 2)
            case "stop":
                worker.tell(f"stands still for {fault.for_s:.1f} s")
                worker.stopped = True
                self._machines.loop.call_later(
                    fault.for_s, self._wake, worker, context=self._machines.outside
                )
            case "term" | "leave":
                # Somebody has to stay.
                machine.leaves = fault.kind == "leave" and machine is not self._machines.all[0]
                worker.stopping.ask("SIGTERM")
            case "lose":
                worker.wire.fail_next = FATES[fault.steps % len(FATES)]
                return
        zombie = fault.kind == "stop" and fault.for_s > SESSION_S
        self._counts["zombie" if zombie else fault.kind] += 1

    def _wake(self, worker: Worker) -> None:
        worker.tell("goes on")
        worker.stopped = False

    def _fence(self, lane: int) -> None:
        name = transactional_id(self._machines.settings.app_id, lane)
        self._tell(f"somebody takes {name}")
        try:
            self._machines.broker.init(name)
        except Busy:
            # Its transaction is aborted; the new epoch counts already.
            return

    def heal(self) -> None:
        """From now on nothing goes wrong any more; who stands still goes on when it is time."""
        self._tell("faults end")
        machines = self._machines
        machines.weather.calm()
        for machine in machines.all:
            machine.leaves = False
            if machine.worker is None:
                machines.start(machine)
            else:
                machines.loop.light(machine.worker, -1, lambda: None)
                machine.worker.wire.fail_next = machine.worker.wire.on_write = None
