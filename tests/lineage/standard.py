"""The classes of the OpenLineage standard (package `openlineage-python`), as judges of events.

An event is built of them anew, part by part: a part that the standard does not know, one that it
wants and misses, a wrong date, id or address is an error.
"""

from typing import Any

from openlineage.client import event_v2
from openlineage.client.generated import (
    base,
    column_lineage_dataset,
    datasource_dataset,
    error_message_run,
    job_type_job,
    output_statistics_output_dataset,
    schema_dataset,
)

FACETS = {
    "schema": schema_dataset.SchemaDatasetFacet,
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
    "dataSource": datasource_dataset.DatasourceDatasetFacet,
    "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "errorMessage": error_message_run.ErrorMessageRunFacet,
    "jobType": job_type_job.JobTypeJobFacet,
}


def judge(event: dict[str, Any]) -> Any:
    """The event in the standard's own classes.

    Raises:
        TypeError, ValueError, AssertionError: it is none.
    """
    given = dict(event)
    kind = getattr(base, given["schemaURL"].rsplit("/", 1)[1])
    assert given.pop("schemaURL") == kind._get_schema()
    if "run" in given:
        given["run"] = event_v2.Run(**given["run"] | {"facets": facets(given["run"]["facets"])})
        given["eventType"] = event_v2.RunState[given["eventType"]]
    if "job" in given:
        given["job"] = event_v2.Job(**given["job"] | {"facets": facets(given["job"]["facets"])})
    if "dataset" in given:
        given["dataset"] = dataset(base.StaticDataset, given["dataset"])
    for side, made in (("inputs", base.InputDataset), ("outputs", base.OutputDataset)):
        if side in given:
            given[side] = [dataset(made, each) for each in given[side]]
    return kind(**given)


def dataset(made: type, given: dict[str, Any]) -> Any:
    parts = {name: facets(given[name]) for name in ("facets", "outputFacets") if name in given}
    return made(**given | parts)


def facets(given: dict[str, Any]) -> dict[str, Any]:
    return {name: facet(FACETS[name], content) for name, content in given.items()}


def facet(made: type, content: dict[str, Any]) -> Any:
    content = dict(content)
    assert content.pop("_schemaURL") == made._get_schema()
    producer = content.pop("_producer")
    if made is schema_dataset.SchemaDatasetFacet:
        fields = [schema_dataset.SchemaDatasetFacetFields(**f) for f in content["fields"]]
        return made(fields=fields, producer=producer)
    if made is column_lineage_dataset.ColumnLineageDatasetFacet:
        return made(
            fields={name: lineage(f) for name, f in content["fields"].items()}, producer=producer
        )
    return made(**content, producer=producer)


def lineage(field: dict[str, Any]) -> Any:
    made = column_lineage_dataset
    return made.Fields(
        inputFields=[
            made.InputField(
                **given
                | {"transformations": [made.Transformation(**t) for t in given["transformations"]]}
            )
            for given in field["inputFields"]
        ]
    )
