#!/bin/sh
# Manifests of runs, and runs again. test_rerun.sh PROGRAM MODEL
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
case $molglot in /*) ;; *) molglot=$(pwd)/$molglot ;; esac
MOLGLOT_MODEL=$2; export MOLGLOT_MODEL
case $MOLGLOT_MODEL in /*) ;; *) MOLGLOT_MODEL=$(pwd)/$MOLGLOT_MODEL ;; esac
TMPDIR=$tmp/tmp; export TMPDIR
mkdir "$tmp/tmp" "$tmp/run"
cd "$tmp/run" || exit 1
unset MOLGLOT_MANIFEST
head -5 "$here/../../examples/library.tsv" >lib.tsv

expect 0 "a run" "$molglot" describe -i lib.tsv -o facts.tsv
m=facts.tsv.manifest.json
has $m '"molglot_manifest": 1' "a manifest"
has $m '"lib.tsv"' "its input"
has $m "$(sha256sum <lib.tsv | cut -c1-64)" "its input's digest"
has $m "$(sha256sum <facts.tsv | cut -c1-64)" "its output's digest"
not $m "$tmp" "no folder of the run"
expect 0 "again" "$molglot" rerun $m
has "$tmp/err" "output facts.tsv: the same [0-9]+ bytes" "the same bytes"
expect 0 "from elsewhere" sh -c "cd / && '$molglot' rerun '$tmp/run/$m'"
expect 0 "nothing has changed" "$molglot" rerun --check $m
checks=$((checks + 1))
[ -z "$(ls -A "$tmp/tmp")" ] || fail "a rerun leaves nothing"
expect 0 "kept" "$molglot" rerun $m -o kept.tsv
cmp -s kept.tsv facts.tsv || fail "what is kept is the same"
[ ! -e kept.tsv.manifest.json ] || fail "a rerun has no manifest"

# what has changed is said
cp lib.tsv lib.old
sed 2d lib.old >lib.tsv
expect 1 "another input" "$molglot" rerun $m
has "$tmp/err" "input lib.tsv: has other bytes" "the input is named"
has "$tmp/err" "output facts.tsv: has other bytes this time" "the output is named"
expect 1 "check another input" "$molglot" rerun --check $m
rm lib.tsv
expect 1 "no input" "$molglot" rerun $m
has "$tmp/err" "input lib.tsv: is not there" "the lost input"
mv lib.old lib.tsv

# with a model: its parts; the same seed, the same molecules
expect 0 "generate" "$molglot" generate "a sugar" -n 2 -o g.csv
has g.csv.manifest.json '"part": "writer"' "the model's parts"
expect 0 "generate again" "$molglot" rerun g.csv.manifest.json
sed 's/"sha256": "[0-9a-f]\{8\}\([0-9a-f]*\)"/"sha256": "00000000\1"/' g.csv.manifest.json >other.json
expect 1 "another model" "$molglot" rerun other.json
has "$tmp/err" "the model's part (writer|space) of .*: is another one now" "the part is named"

# its seed, the one that was given and the one that was not; one that JSON's numbers do not reach
has g.csv.manifest.json '"seed": 0' "the seed that nobody gave"
expect 0 "generate with a seed" "$molglot" generate "a sugar" -n 2 --seed 18446744073709551615 -o s.csv
has s.csv.manifest.json '"seed": "18446744073709551615"' "the seed"
expect 0 "generate with it again" "$molglot" rerun s.csv.manifest.json
sed 's/"seed": "[0-9]*"/"seed": 7/' s.csv.manifest.json >seed7.json
expect 1 "another seed" "$molglot" rerun seed7.json
has "$tmp/err" "that run had the seed 7: it is 18446744073709551615 this time" "which is said"
sed 's,"seed":,"nothing":,' s.csv.manifest.json >older.json
expect 0 "a manifest of before" "$molglot" rerun older.json
sed 's/"seed": "[0-9]*"/"seed": -1/' s.csv.manifest.json >bad.json
expect 4 "no seed" "$molglot" rerun bad.json
not facts.tsv.manifest.json '"seed"' "no seed where none is used"

# none where none is wanted, and nothing else is written over
expect 0 "no manifest" "$molglot" describe CCO -o x.tsv --no-manifest
expect 0 "by the environment" env MOLGLOT_MANIFEST=no "$molglot" describe CCO -o y.tsv
expect 0 "a picture" "$molglot" depict CCO -o z.svg
expect 0 "to stdout" "$molglot" describe CCO
for f in x.tsv y.tsv z.svg; do [ ! -e $f.manifest.json ] || fail "$f has a manifest"; done
echo mine >w.tsv.manifest.json
expect 0 "something else of that name" "$molglot" describe CCO -o w.tsv
has w.tsv.manifest.json "^mine$" "it stays"
has "$tmp/err" "is something else" "and it is said"

# a manifest is data: no other command, no file but new ones
evil() { printf '{"molglot_manifest":1,"version":"0","chemistry":"","command":[%s],"models":[],"inputs":[],"threads":1,"exit":0,"outputs":[{"path":"o","bytes":0,"sha256":"%064d"}]}' "$1" 0; }
evil '"describe","CCO","-o","facts.tsv"' >evil.json
cp facts.tsv before.tsv
expect 1 "an output elsewhere" "$molglot" rerun evil.json
cmp -s facts.tsv before.tsv || fail "a rerun wrote over a file"
evil '"describe","CCO","-ofacts.tsv"' >evil.json
expect 1 "an output in one word" "$molglot" rerun evil.json
evil '"describe","CCO","--out=facts.tsv"' >evil.json
expect 1 "a shortened option" "$molglot" rerun evil.json
cmp -s facts.tsv before.tsv || fail "a rerun wrote over a file, 2"
evil '"serve"' >evil.json
expect 2 "a service" "$molglot" rerun evil.json
evil '"sh","-c","id"' >evil.json
expect 1 "another program" "$molglot" rerun evil.json
has "$tmp/err" "no command 'sh'" "only our commands"
for bad in '' '{' '[]' '{"molglot_manifest":2}' '{"molglot_manifest":1}' "$(evil '')" "$(evil '7')"; do
    printf '%s' "$bad" >bad.json
    expect 4 "no manifest: $bad" "$molglot" rerun bad.json
done
expect 1 "no file" "$molglot" rerun nothing.json
finish
