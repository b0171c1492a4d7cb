"""An erasure waits for every service that says that it has done its part, and for no other."""

from __future__ import annotations

from aidataops.events.lineage import ErasureApplied
from aidataops.services import load_service, service_names
from lineage.flagging import KEEPERS


def test_erasure_waits_for_those_that_say_their_part() -> None:
    saying = {name for name in service_names() if ErasureApplied in load_service(name).emits}
    assert saying == KEEPERS == set(service_names())
