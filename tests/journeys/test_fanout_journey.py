"""Rows 1 and 2 of the mission: one failure fans out into data work and lineage, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from aidataops.client.batches import new_traceparent
from aidataops.events.feedback import RemediationRequested

from .collector import Collector, Span
from .stories import failure
from .world import SOURCE, World, eventually, header


async def test_one_failure_becomes_a_remediation_and_a_lineage_edge(
    world: World, project: str
) -> None:
    found = failure(project)
    report = world.publish(found)
    assert report.accepted == 1, report

    async def answered() -> object:
        return await world.answers_in_lineage(found.failure_id)

    (edge,) = await eventually(answered, "lineage has an edge from failure to remediation")
    (remediation,) = await world.remediations(project)
    assert edge["to"] == {"kind": "remediation", "id": remediation["remediation_id"]}
    assert edge["trace_id"] == report.trace_id
    assert remediation["state"] == "requested"
    assert remediation["category"] == found.category
    assert remediation["slices"] == found.slices

    (record,) = await world.requests(project)
    requested = RemediationRequested.model_validate_json(record.value or b"")
    assert requested.remediation_id == remediation["remediation_id"]
    assert requested.failure_ids == (found.failure_id,)
    (origin,) = await world.reports(found.failure_id)
    assert header(record, "ce_causationid") == header(origin, "ce_id")
    assert header(record, "ce_correlationid") == header(origin, "ce_id")
    assert header(origin, "ce_source") == SOURCE
    assert header(record, "ce_source") == "/services/feedback-router"
    for one in (origin, record):
        assert (header(one, "traceparent") or "").split("-")[1] == report.trace_id


async def test_one_trace_spans_failure_remediation_and_lineage(
    world: World, collector: Collector, project: str
) -> None:
    found, traceparent = failure(project), new_traceparent()
    trace_id, client_span = traceparent.split("-")[1:3]
    assert world.publish(found, traceparent=traceparent).accepted == 1
    results, remediations = (
        world.prefix + "evaluation.results",
        world.prefix + RemediationRequested.topic,
    )
    expected = {
        ("gateway", "create evaluation.results"),
        ("feedback-router", f"process {results}"),
        ("lineage", f"process {results}"),
        ("console", f"process {results}"),
        ("lineage", f"process {remediations}"),
        ("console", f"process {remediations}"),
    }

    async def exported() -> dict[tuple[str, str], Span] | None:
        spans = {(span.service, span.name): span for span in collector.trace(trace_id)}
        return spans if expected <= spans.keys() else None

    spans = await eventually(exported, f"the spans {expected} are exported")
    arrived = spans["gateway", "create evaluation.results"]
    routed = spans["feedback-router", f"process {results}"]
    assert arrived.parent == client_span
    (origin,) = await world.reports(found.failure_id)
    assert header(origin, "traceparent") == f"00-{trace_id}-{arrived.span_id}-01"
    for service in ("feedback-router", "lineage", "console"):
        assert spans[service, f"process {results}"].parent == arrived.span_id
    for service in ("lineage", "console"):
        assert spans[service, f"process {remediations}"].parent == routed.span_id
    for service, name in expected - {("gateway", "create evaluation.results")}:
        span, topic = spans[service, name], name.removeprefix("process ")
        assert span.kind == "consumer"
        assert span.nanoseconds > 0
        assert (
            span.attributes.items()
            >= {
                "messaging.system": "kafka",
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.destination.name": topic,
                "messaging.destination.partition.id": "0",
                "messaging.consumer.group.name": world.prefix + service,
            }.items()
        )
    assert routed.attributes["messaging.message.id"] == header(origin, "ce_id")
    assert routed.attributes["messaging.kafka.offset"] == origin.offset


async def test_each_service_does_its_part_with_all_others_frozen(
    world: World, project: str
) -> None:
    """Nobody waits for anybody: there is nothing but topics between the services."""
    found = failure(project)
    await world.quiet()
    with world.alone("gateway"):
        assert world.publish(found).accepted == 1
        await eventually(lambda: world.reports(found.failure_id), "the failure is on Kafka")
    with world.alone("feedback-router"):
        await eventually(lambda: world.requests(project), "the remediation is on Kafka")
    with world.alone("lineage"):
        await eventually(lambda: world.answers_in_lineage(found.failure_id), "the edge is there")


async def test_services_connect_to_nothing_but_kafka_postgres_and_telemetry(
    world: World, collector: Collector, project: str
) -> None:
    addresses = {name: server.url for name, server in world.servers.items()}
    for name, server in world.servers.items():
        process = psutil.Process(server.pid)
        told = "\n".join([*process.cmdline(), *process.environ().values()])
        known = [other for other, url in addresses.items() if other != name and url in told]
        assert not known, f"{name} has been told where {known} are"
    found = failure(project)
    with watching(world) as connected:
        assert world.publish(found).accepted == 1
        await eventually(lambda: world.answers_in_lineage(found.failure_id), "the edge is there")
    kafka = int(world.kafka.bootstrap.rpartition(":")[2])
    allowed = {kafka, world.postgres.port, collector.port}
    assert {name for name, _ in connected} == set(addresses)
    assert {port for _, port in connected} <= allowed, sorted(connected)
    assert {port for _, port in connected} >= {kafka, world.postgres.port}, "nothing was watched"


async def test_failure_published_five_times_is_one_remediation_and_one_edge(
    world: World, project: str
) -> None:
    found = failure(project)
    reports = [world.publish(found) for _ in range(5)]
    assert [report.accepted for report in reports] == [1, 0, 0, 0, 0]
    assert [report.duplicates for report in reports] == [0, 1, 1, 1, 1]
    await eventually(lambda: world.answers_in_lineage(found.failure_id), "the edge is there")
    await world.quiet()
    assert len(await world.reports(found.failure_id)) == 1
    assert len(await world.requests(project)) == 1
    assert len(await world.remediations(project)) == 1
    assert len(await world.answers_in_lineage(found.failure_id)) == 1


async def test_record_repeated_five_times_on_kafka_is_one_remediation_and_one_edge(
    world: World, project: str
) -> None:
    """What a producer's retries do: the same id, each time at an offset of its own."""
    found = failure(project)
    record = world.encode(found)
    offsets = await world.produce(*[record] * 3)
    await eventually(lambda: world.answers_in_lineage(found.failure_id), "the edge is there")
    offsets += await world.produce(*[record] * 2)
    assert len(set(offsets)) == 5
    await world.quiet()
    assert len(await world.requests(project)) == 1
    assert len(await world.remediations(project)) == 1
    assert len(await world.answers_in_lineage(found.failure_id)) == 1
    for service in ("feedback-router", "lineage", "console"):
        metrics = await world.text(service, "/metrics")
        assert 'outcome="duplicate"' in metrics, f"{service} has seen no duplicate"


@contextmanager
def watching(world: World) -> Iterator[set[tuple[str, int]]]:
    """Every connection that a service makes meanwhile, looked up a hundred times a second.

    Connections to a service's own port are left out: those were made by somebody else.
    """
    processes = {name: psutil.Process(server.pid) for name, server in world.servers.items()}
    own = {name: int(server.url.rpartition(":")[2]) for name, server in world.servers.items()}
    found: set[tuple[str, int]] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.01):
            for name, process in processes.items():
                for one in process.net_connections(kind="tcp"):
                    if one.raddr and one.laddr.port != own[name]:
                        found.add((name, one.raddr.port))

    thread = threading.Thread(target=watch, name="watch", daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
