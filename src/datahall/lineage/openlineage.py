"""Lineage as OpenLineage events, specification 2-0-2.  No I/O.

A hall table and a service are datasets; a task that loads and a system that calls are jobs; a
load is a run.  Masking is told as the standard tells it: a transformation with `masking`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from datahall import __version__
from datahall.ingestion import Kind, Load, LoadState, Source
from datahall.kit.messages import sentence
from datahall.lineage.derive import SERVICE
from datahall.lineage.facts import Facts
from datahall.supply_demand import Grant

Json = dict[str, Any]

SPEC: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/"
FACETS: Final = {
    "schema": "1-2-0/SchemaDatasetFacet",
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "dataSource": "1-0-1/DatasourceDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "jobType": "2-0-3/JobTypeJobFacet",
}
NAMESPACE: Final = "datahall"
PRODUCER: Final = f"urn:datahall:{__version__}"
SCHEMES: Final = {Kind.POSTGRESQL: "postgres", Kind.MYSQL: "mysql"}
ENDS: Final = {
    LoadState.DONE: "COMPLETE",
    LoadState.FAILED: "FAIL",
    LoadState.INTERRUPTED: "ABORT",
}


def events(known: Facts, loads: Sequence[Load]) -> list[Json]:
    """All that is known of an entry: its datasets, its jobs, and the runs of `loads`, in order."""
    runs = [event for load in loads for event in run_events(known, load)]
    return [*dataset_events(known), *job_events(known), *runs]


def dataset_events(known: Facts) -> Iterator[Json]:
    """One DatasetEvent a dataset, as it is by the version in force."""
    at = known.item.published_at or known.item.drafted_at
    for dataset in (_source(known), _hall(known), _service(known)):
        if dataset:
            yield _event("DatasetEvent", at, dataset=dataset)


def job_events(known: Facts) -> Iterator[Json]:
    """One JobEvent for the task, one for what the gateway serves, one a grant."""
    source, hall, service = _source(known), _hall(known), _service(known)
    if known.task and source and hall:
        yield _event(
            "JobEvent", known.task.created_at, job=_task(known), inputs=[source], outputs=[hall]
        )
    if hall and service:
        at = known.item.published_at or known.item.drafted_at
        job = _job(f"serve.{_code(known)}", "STREAMING", "SERVICE")
        yield _event("JobEvent", at, job=job, inputs=[hall], outputs=[service])
    for grant in known.grants:
        if service:
            job = _job(f"call.{grant.app_id}", "STREAMING", "CALL")
            yield _event(
                "JobEvent", grant.status_at, job=job, inputs=[service],
                outputs=[_consumer(known, grant)],
            )  # fmt: skip


def run_events(known: Facts, load: Load) -> Iterator[Json]:
    """START, and how the load ended; none for what it left nothing of."""
    source, hall = _source(known), _hall(known)
    if not (source and hall):
        return
    run: Json = {"runId": str(load.id), "facets": {}}
    about: Json = {"job": _task(known), "inputs": [source], "outputs": [hall]}
    yield _event("RunEvent", load.started_at, eventType="START", run=run, **about)
    if load.finished_at is None or load.state not in ENDS:
        return
    if load.error_code:
        message = sentence(load.error_code, load.error_detail)
        error = {"message": message, "programmingLanguage": "zh"}
        run = {**run, "facets": {"errorMessage": _facet("errorMessage", **error)}}
    if load.state is LoadState.DONE:
        counted = _facet("outputStatistics", rowCount=load.inserted + load.updated + load.deleted)
        about["outputs"] = [{**hall, "outputFacets": {"outputStatistics": counted}}]
    yield _event("RunEvent", load.finished_at, eventType=ENDS[load.state], run=run, **about)


def source_name(source: Source, schema: str, table: str) -> tuple[str, str]:
    """Namespace and name of a source's table, by the standard's naming."""
    if source.kind.is_file:
        return "file", f"/{source.id}/{source.path}/{table}"
    namespace = f"{SCHEMES[source.kind]}://{source.host.strip('/')}:{source.port}"
    parts = [source.database, schema, table] if source.kind is Kind.POSTGRESQL else [source.database, table]  # fmt: skip
    return namespace, ".".join(part for part in parts if part)


# -- datasets --------------------------------------------------------------------------------


def _source(known: Facts) -> Json | None:
    if known.table is None or known.source is None:
        return None
    namespace, name = source_name(known.source, known.table.schema, known.table.name)
    uri = f"{namespace}/{known.source.database}" if namespace != "file" else f"file://{name}"
    columns = [
        _column(n, column.name, column.type, column.comment)
        for n, column in enumerate(known.table.columns, 1)
    ]
    return {
        "namespace": namespace,
        "name": name,
        "facets": {
            "schema": _facet("schema", fields=columns),
            "dataSource": _facet("dataSource", name=known.source.name, uri=uri),
        },
    }


def _hall(known: Facts) -> Json | None:
    if known.dataset is None:
        return None
    name = f"hall.{known.dataset.table}"
    facets: Json = {
        "schema": _facet(
            "schema",
            fields=[
                _column(n, column.name, column.type, column.comment)
                for n, column in enumerate(known.dataset.columns, 1)
            ],
        ),
        "dataSource": _facet("dataSource", name="政务数据大厅", uri=f"{NAMESPACE}://hall"),
    }
    if source := _source(known):
        stored = set(known.dataset.names)
        present = {column.name for column in known.table.columns} if known.table else set()
        facets["columnLineage"] = _lineage(
            (f.name, source, f.source_column, False)
            for f in known.item.fields
            if f.name in stored and f.source_column in present
        )
    return {"namespace": NAMESPACE, "name": name, "facets": facets}


def _service(known: Facts) -> Json | None:
    hall = _hall(known)
    if hall is None or known.dataset is None or not known.is_served:
        return None
    stored = set(known.dataset.names)
    fields = known.item.fields
    return {
        "namespace": NAMESPACE,
        "name": f"{SERVICE}.{_code(known)}",
        "facets": {
            "schema": _facet(
                "schema",
                fields=[_column(n, f.name, f.type.value, f.title) for n, f in enumerate(fields, 1)],
            ),
            "dataSource": _facet("dataSource", name="共享网关", uri=f"{NAMESPACE}://gateway"),
            "columnLineage": _lineage(
                (f.name, hall, f.name, False) for f in fields if f.name in stored
            ),
        },
    }


def _consumer(known: Facts, grant: Grant) -> Json:
    service = _service(known)
    titles = {field.name: field for field in known.item.fields}
    given = [field for field in grant.fields if field.name in titles]
    return {
        "namespace": NAMESPACE,
        "name": f"consumer.{grant.app_id}",
        "facets": {
            "schema": _facet(
                "schema",
                fields=[
                    _column(n, f.name, titles[f.name].type.value, titles[f.name].title)
                    for n, f in enumerate(given, 1)
                ],
            ),
            "dataSource": _facet(
                "dataSource", name=grant.system, uri=f"{NAMESPACE}://consumer/{grant.app_id}"
            ),
            "columnLineage": _lineage(
                (f.name, service, f.name, f.masked) for f in given if service
            ),
        },
    }


# -- parts -----------------------------------------------------------------------------------


def _event(kind: str, at: datetime, **content: Any) -> Json:
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"eventTime": moment, "producer": PRODUCER, "schemaURL": f"{SPEC}{kind}", **content}


def _facet(key: str, **content: Any) -> Json:
    version, _, name = FACETS[key].partition("/")
    url = f"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url, **content}


def _column(position: int, name: str, type_: str, description: str) -> Json:
    return {
        "name": name, "type": type_, "description": description, "ordinal_position": position,
    }  # fmt: skip


def _lineage(edges: Any) -> Json:
    """The facet of (field, dataset it comes from, field there, masked)."""
    fields: dict[str, Json] = {}
    for name, dataset, field, masked in edges:
        fields[name] = {
            "inputFields": [
                {
                    "namespace": dataset["namespace"],
                    "name": dataset["name"],
                    "field": field,
                    "transformations": [
                        {
                            "type": "DIRECT",
                            "subtype": "TRANSFORMATION" if masked else "IDENTITY",
                            "description": "脱敏" if masked else "",
                            "masking": masked,
                        }
                    ],
                }
            ]
        }
    return _facet("columnLineage", fields=fields)


def _task(known: Facts) -> Json:
    return _job(f"load.{_code(known)}", "BATCH", "LOAD")


def _job(name: str, processing: str, kind: str) -> Json:
    facet = _facet("jobType", processingType=processing, integration="DATAHALL", jobType=kind)
    return {"namespace": NAMESPACE, "name": name, "facets": {"jobType": facet}}


def _code(known: Facts) -> str:
    return known.item.code or str(known.item.id)
