"""DuckDB alone writes the rows of a Parquet file into a file of each format: seconds, bytes and peak memory.

It has no COPY to Arrow: its batches are written as a stream, packed as ours is (``arrow``) or as they are (``plain``).
What it writes lies in a table of its own with the names in every row: it looks nothing up, puts nothing into order and
sums nothing up, and no bytes go over a socket.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa


def copied(rows: str, form: str, into: Path) -> dict[str, float]:
    """Load the rows into a table of a file of its own, then write them as one format."""
    connection = duckdb.connect(str(into / "peer.duckdb"))
    connection.execute(f"CREATE TABLE IF NOT EXISTS rows AS SELECT * FROM '{rows}'")  # noqa: S608 - our own path
    file = into / f"peer.{form}"
    began = time.perf_counter()
    if form in {"arrow", "plain"}:
        reader = connection.sql("SELECT * FROM rows").to_arrow_reader(122_880)
        packed = pa.ipc.IpcWriteOptions(compression="zstd" if form == "arrow" else None)
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, reader.schema, options=packed) as stream:
            for batch in reader:
                stream.write_batch(batch)
    else:
        how = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv", "ndjson": "FORMAT json"}[form]
        connection.execute(f"COPY rows TO '{file}' ({how})")
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "bytes": file.stat().st_size, "peak": peak}


if __name__ == "__main__":
    print(json.dumps(copied(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))  # noqa: T201 - what the parent reads
