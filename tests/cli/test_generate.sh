#!/bin/sh
# generate, encode, decode, interpolate as typed, with writers of random weights (made by make_writer) and the shipped ranking model.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
shipped=$2 make_writer=$3 example=$4
export MOLGLOT_MODEL=$shipped
library=$here/../../examples/library.tsv
for kind in direct cages latent flow; do "$make_writer" $kind "$tmp/$kind.safetensors" || fail "make_writer $kind"; done

# no generator: a clear message and 4
expect 1 "a generator that is not there" "$molglot" generate --keep-odd "a metabolite" --generator "$tmp/none.safetensors"
checks=$((checks + 1)); (unset MOLGLOT_GENERATOR MOLGLOT_MODEL; cp "$molglot" "$tmp/alone"; "$tmp/alone" generate "a metabolite" 2>"$tmp/err" >/dev/null; [ $? -eq 4 ]) || fail "no generator anywhere: not 4"
has "$tmp/err" "no generator found: give one with --generator" "no generator anywhere says what to do"
python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack("<Q", 2) + b"{}")' >"$tmp/other.safetensors"
expect 4 "another kind of model" "$molglot" generate --keep-odd "a metabolite" --generator "$tmp/other.safetensors"
has "$tmp/err" "not a Molglot model" "another kind of model"
export MOLGLOT_GENERATOR=$tmp/direct.safetensors
for c in generate encode decode interpolate; do
    expect 0 "$c --help" "$molglot" $c --help
    has "$tmp/out" "Example" "$c --help"
done
expect 2 "no text" "$molglot" generate
expect 2 "two kinds of input" "$molglot" generate --keep-odd "a metabolite" -i x.txt
expect 2 "unknown method" "$molglot" generate --keep-odd "a metabolite" --method magic
expect 4 "no diffusion in this file" "$molglot" generate --keep-odd "a metabolite" --method diffusion
expect 2 "bad cost of copies" "$molglot" generate --keep-odd "a metabolite" --copy-cost 3
expect 2 "bad diversity" "$molglot" generate --keep-odd "a metabolite" -d 2
expect 2 "unknown format" "$molglot" generate --keep-odd "a metabolite" -f docx

# the formats
expect 0 "index" "$molglot" index "$library" -o "$tmp/l.idx"
expect 0 "table" "$molglot" generate --keep-odd "a metabolite" -n 5 -f table
has "$tmp/out" "^  32 drawn: [0-9]+ refused by RDKit, [0-9]+ drawn before, 5 shown" "counts stand above the table"
has "$tmp/out" "rank +score +nll +valid +in_training +known_as +similarity" "table head"
expect 0 "csv" "$molglot" generate --keep-odd "a metabolite" "an ester" -n 4 -f csv -S 5
lines "$tmp/out" 9 "csv: a header and four rows for each of two sentences"
has "$tmp/out" "^prompt_number,prompt,rank,score,nll,valid,in_training,known_as,source,copy,similarity,meets,fails,odd,nearest_id,nearest_smiles,nearest_cosine,nearest_tanimoto,control_list,alerts,n_alerts,sa,qed,smiles,stop,draw,seed,drawn,invalid,duplicates,left_out_odd,left_out_unwanted,left_out_controlled,status,error$" "csv header"
has "$tmp/out" "^2,an ester,1,-?0[.][0-9]+,.*,5,32,[0-9]+,[0-9]+,[0-9]+,[0-9]+,0,ok,$" "csv row"
cp "$tmp/out" "$tmp/both.csv"
expect 0 "many" "$molglot" generate --keep-odd "a metabolite" -n 200 --candidates 200 -f csv --library "$tmp/l.idx" --generator "$tmp/cages.safetensors"
has "$tmp/out" "^1,a metabolite,[0-9]+,,[0-9.]+,false,,,,,,,,,,,,,,,,,,[^,]+,(end|length),[0-9]+,0,200,[0-9]+,[0-9]+,[0-9]+,[0-9]+,0,invalid,.*[a-z]" "an invalid molecule has its reason, no score and nothing near it"
expect 0 "json" "$molglot" generate --keep-odd "a \"quoted\" acid" -n 3 -f json
checks=$((checks + 1)); python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert len(d["rows"])==3 and d["rows"][0]["prompt"]=="a \"quoted\" acid" and d["rows"][0]["valid"] in (True, False)' "$tmp/out" || fail "json"
expect 0 "sdf" "$molglot" generate --keep-odd "a metabolite" --generator "$shipped" -n 3 -f sdf # no quadruple bond, which no molblock holds
has "$tmp/out" "^> <score>" "sdf properties"
checks=$((checks + 1)); [ "$(grep -c '^[$][$][$][$]$' "$tmp/out")" = "$(grep -c 'V2000' "$tmp/out")" ] || fail "sdf records"
cp "$tmp/out" "$tmp/x.sdf"
expect 0 "the sdf is read again" "$molglot" embed -i "$tmp/x.sdf" --strict
expect 0 "smi" "$molglot" generate --keep-odd "a metabolite" -n 3 -f smi
has "$tmp/out" "	1-1$" "smi"
expect 0 "svg" "$molglot" generate --keep-odd "a metabolite" -n 5 -o "$tmp/p.svg"
has "$tmp/p.svg" "^<svg" "svg"
expect 0 "html" "$molglot" generate --keep-odd "<script>alert(1)</script> alcohol" -n 4 --library "$tmp/l.idx" -o "$tmp/p.html"
has "$tmp/p.html" "&lt;script&gt;alert" "a sentence is escaped in html"
has "$tmp/p.html" '<data class="score" value="[-0-9.e]+">' "cards hold what is sorted and filtered by: the score"
has "$tmp/p.html" '<dt>nearest_tanimoto</dt><dd dir="auto">' "the nearest of the library"
has "$tmp/p.html" '<dt>in_training</dt><dd dir="auto">(true|false)</dd>' "novelty"
has "$tmp/p.html" "script-src 'sha256-[A-Za-z0-9+/]{43}='" "html allows its own script alone"
checks=$((checks + 1)); python3 - "$tmp/p.html" <<'P' || fail "the policy's hash is not the script's"
import base64, hashlib, re, sys
s = open(sys.argv[1], encoding="utf-8").read()
script = re.search(r"<script>(.*?)</script>", s, re.S).group(1)
assert re.search(r"script-src 'sha256-([^']+)'", s).group(1) == base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
P
checks=$((checks + 1)); grep -qE "https?://[^w]" "$tmp/p.html" && fail "html refers to the network"

# what a sentence gives depends on itself alone
expect 0 "alone" "$molglot" generate --keep-odd "an ester" -n 4 -f csv -S 5 -j 1
checks=$((checks + 1)); [ "$(tail -n +2 "$tmp/out" | cut -d, -f2-)" = "$(grep '^2,' "$tmp/both.csv" | cut -d, -f2-)" ] || fail "a sentence alone and beside another differ"
printf 'an ester\na metabolite\n' >"$tmp/q"
checks=$((checks + 1)); "$molglot" generate --keep-odd - -n 4 -f csv -S 5 -j 2 -q <"$tmp/q" >"$tmp/out" || fail "sentences from stdin"
checks=$((checks + 1)); [ "$(grep '^1,' "$tmp/out" | cut -d, -f2-)" = "$(grep '^2,' "$tmp/both.csv" | cut -d, -f2-)" ] || fail "another order or thread count gives other molecules"
# without conditions, which rows of the memory would meet whatever the seed
expect 0 "a seed" "$molglot" generate --keep-odd --soft "an ester" -n 4 -f smi -S 5
cp "$tmp/out" "$tmp/five.smi"
expect 0 "another seed" "$molglot" generate --keep-odd --soft "an ester" -n 4 -f smi -S 6
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/five.smi" && fail "another seed gives the same molecules"

# many sentences, bad ones keep their places
printf 'id\tdescription\n1\ta metabolite\n2\t\n3\tan amine\n' >"$tmp/t.tsv"
expect 0 "table of sentences" "$molglot" generate --keep-odd -i "$tmp/t.tsv" -n 2 -f csv
has "$tmp/out" "^2,,.*,rejected,empty" "an empty sentence keeps its place"
has "$tmp/out" "^3,an amine,1," "the next one follows"
expect 3 "--strict" "$molglot" generate --keep-odd -i "$tmp/t.tsv" -n 2 -f csv --strict
expect 0 "another column" "$molglot" generate --keep-odd -i "$tmp/t.tsv" --text-column id --by text -n 1 -f jsonl
has "$tmp/out" '"prompt":"3"' "another column"

# ranking, diversity, library, memory, starts
expect 0 "candidates" "$molglot" generate --keep-odd "a metabolite" -n 3 --candidates 60 -d 0.5 --library "$tmp/l.idx" -f jsonl
has "$tmp/out" '"nearest_id":"[^"]+".*"nearest_tanimoto":[01]' "nearest of a library"
has "$tmp/out" '"drawn":60,' "all draws are told"
expect 0 "unranked" "$molglot" generate --keep-odd "a metabolite" -n 3 --unranked -f jsonl
has "$tmp/out" '"score":null' "no score without a ranking model"
expect 2 "library without ranking" "$molglot" generate --keep-odd "a metabolite" --unranked --library "$tmp/l.idx"
expect 0 "memory" "$molglot" generate --keep-odd "a metabolite" -n 8 --candidates 8 --memory "$tmp/l.idx" -f smi
cp "$tmp/out" "$tmp/four.smi"
expect 0 "one neighbour" "$molglot" generate --keep-odd "a metabolite" -n 8 --candidates 8 --memory "$tmp/l.idx" --neighbours 1 -f smi
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/four.smi" && fail "draws do not start from several neighbours"
expect 2 "nine neighbours" "$molglot" generate --keep-odd "a metabolite" --memory "$tmp/l.idx" --neighbours 9
expect 0 "memory and a molecule" "$molglot" generate --keep-odd "a metabolite" -n 2 --memory "$tmp/l.idx" --like CCO -f smi
expect 0 "diffusion with a memory" "$molglot" generate --keep-odd "a metabolite" -n 9 --candidates 9 --steps 2 --memory "$tmp/l.idx" --generator "$tmp/flow.safetensors" -f smi
expect 0 "unconditional" "$molglot" generate --keep-odd --unconditional -n 2 -f jsonl
expect 0 "like" "$molglot" generate --keep-odd --like CCO -n 2 -f smi
expect 2 "like nothing" "$molglot" generate --keep-odd --like C1CC -n 2
expect 0 "diffusion" "$molglot" generate --keep-odd "a metabolite" -n 2 --steps 2 -w 1.5 --generator "$tmp/flow.safetensors" -f jsonl
expect 0 "diffusion from a molecule" "$molglot" generate --keep-odd "a metabolite" --like CCO -n 2 --steps 2 --strength 0.3 --generator "$tmp/flow.safetensors" -f smi

# 3M-Diffusion's own sampler: a denoiser trained for a moment over random latents
expect 0 "train a denoiser" "$molglot" train "$here/../../recipes/3m-faithful-tiny.toml" -q -o "$tmp/run" --set "writer.file=$tmp/latent.safetensors" \
    --set "condition.model=$MOLGLOT_MODEL" --set "data.sources=$library" --set train.epochs=4 --set 'eval.pairs=""'
faithful=$tmp/run/model.safetensors
expect 0 "faithful" "$molglot" generate --keep-odd "a metabolite" "an ester" -n 11 --method faithful -f csv -S 5 -j 2 --generator "$faithful"
cp "$tmp/out" "$tmp/both.csv"
expect 0 "faithful is what the file is for" "$molglot" generate --keep-odd "an ester" -n 11 -f csv -S 5 -j 1 --generator "$faithful"
checks=$((checks + 1)); [ "$(tail -n +2 "$tmp/out" | cut -d, -f2-)" = "$(grep '^2,' "$tmp/both.csv" | cut -d, -f2-)" ] || fail "faithful: a sentence alone on one thread gives other molecules"
expect 0 "faithful with options" "$molglot" generate --keep-odd "an ester" -n 2 -w 1.5 --eta 0 --generator "$faithful" -f smi
expect 0 "faithful without a sentence" "$molglot" generate --keep-odd --unconditional -n 3 --unranked --generator "$faithful" -f jsonl
expect 2 "faithful, unranked" "$molglot" generate --keep-odd "an ester" -n 2 --unranked --generator "$faithful"
has "$tmp/err" "through the ranking model" "faithful, unranked says why"
expect 2 "steps of faithful" "$molglot" generate --keep-odd "an ester" --steps 20 --generator "$faithful"
has "$tmp/err" "takes 50 steps, not 20" "steps of faithful says why"
expect 2 "bad eta" "$molglot" generate --keep-odd "an ester" --eta 2 --generator "$faithful"
expect 0 "train a motif decoder" "$molglot" train "$here/../../recipes/3m-motif-tiny.toml" -q -o "$tmp/motif" --set "data.sources=$library" \
    --set train.epochs=1 --set 'eval.pairs=""'
expect 0 "train its denoiser" "$molglot" train "$here/../../recipes/3m-motif-diffusion-tiny.toml" -q -o "$tmp/motifs" --set "motif.file=$tmp/motif/model.safetensors" \
    --set "condition.model=$MOLGLOT_MODEL" --set "data.sources=$library" --set train.epochs=3 --set 'eval.pairs=""'
expect 0 "motif" "$molglot" generate --keep-odd "an ester" -n 2 --method motif -f smi --generator "$tmp/motifs/model.safetensors"
expect 0 "motif without a sentence" "$molglot" generate --keep-odd --unconditional -n 2 --unranked --generator "$tmp/motif/model.safetensors" -f jsonl
expect 2 "motif without a denoiser" "$molglot" generate "an ester" --generator "$tmp/motif/model.safetensors"
has "$tmp/err" "holds no denoiser" "motif without a denoiser says why"
expect 4 "motif of a writer" "$molglot" generate "an ester" --method motif --generator "$tmp/flow.safetensors"
expect 2 "faithful from a molecule" "$molglot" generate --keep-odd "an ester" --like CCO --generator "$faithful"

# draws scored against the molecules of pairs
expect 2 "no pairs" "$molglot" eval generation
expect 2 "too many outputs" "$molglot" eval generation --pairs "$library" -n 1001
expect 1 "pairs that are not there" "$molglot" eval generation --pairs "$tmp/none.tsv"
expect 1 "training molecules that are not there" "$molglot" eval generation --pairs "$library" --train "$tmp/none.tsv"
checks=$((checks + 1)); grep -q generating "$tmp/err" && fail "drew before it looked for the training molecules"
expect 0 "eval generation" "$molglot" eval generation --pairs "$library" --train "$library" --limit 10 -n 4 --bootstrap 20 --save "$tmp/made.tsv" -f json -j 2
cp "$tmp/out" "$tmp/made.json"
lines "$tmp/made.tsv" 11 "a header and the best output of each text"
expect 0 "again on one thread" "$molglot" eval generation --pairs "$library" --train "$library" --limit 10 -n 4 --bootstrap 20 -f json -j 1 -q
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/made.json" || fail "another number of threads scores other draws"
lines "$tmp/err" 0 "quiet"
expect 0 "what was saved is scored again" "$molglot" eval predictions "$tmp/made.tsv" --train "$library" --bootstrap 20 -f json
cp "$tmp/out" "$tmp/read.json"
expect 0 "the likeliest draw, five times" "$molglot" eval generation --pairs "$library" --limit 3 -t 0 --bootstrap 0 -f json
checks=$((checks + 1)); python3 - "$tmp/made.json" "$tmp/read.json" "$tmp/out" <<'P' || fail "scores of draws"
import json, sys
made, read, same = (json.load(open(p)) for p in sys.argv[1:])
assert (made["prompts"], made["outputs_per_prompt"], made["draws"]["drawn"], made["interrupted"]) == (10, 4, 40, False)
assert [m["method"] for m in made["methods"]] == ["generated", "random_training_molecules", "bm25_caption_copy", "tfidf_caption_copy"]
assert made["methods"][0]["first_output"] == read["methods"][0]["first_output"]
every = made["methods"][0]["all_outputs"]["sums"]
assert every["outputs"] == 40 and 40 - made["draws"]["invalid"] <= every["valid"] <= 40
generated = same["methods"][0]
assert same["draws"]["duplicates"] == 12 and same["drawing"]["temperature"] == 0 and same["methods"] == [generated]
assert generated["outputs_per_prompt"] == 5 and generated["outputs_alone"]["uniqueness_within_prompt"] == 0.2
P
expect 0 "the best of many, with a memory" "$molglot" eval generation --pairs "$library" --memory "$tmp/l.idx" --candidates 16 -n 2 -d 0.3 --limit 5 --bootstrap 0 -f json
has "$tmp/out" '"drawn": 80,' "all candidates are counted"
has "$tmp/out" '"method": "aligned_space_index"' "copies of the memory stand beside"
expect 0 "through latents" "$molglot" eval generation --generator "$tmp/flow.safetensors" --pairs "$library" --steps 2 -w 1.5 --limit 4 -n 2 --bootstrap 0
has "$tmp/out" "diffusion, 8 drawn" "table"
expect 0 "a dial" "$molglot" eval generation --pairs "$library" --limit 3 -n 2 --bootstrap 0 --dial temperature=0,0.8 --chart "$tmp/dial.svg" -f json
has "$tmp/out" '"method": "temperature 0.8"' "a method for each value"
has "$tmp/out" '"option": "temperature"' "the dial is named"
has "$tmp/dial.svg" '^<svg .*xmlns' "a chart"
has "$tmp/dial.svg" 'novelty \(3M\)</text>' "with a legend"
mv "$tmp/out" "$tmp/dialled"
expect 0 "one value of it" "$molglot" eval generation --pairs "$library" --limit 3 -n 2 --bootstrap 0 -t 0.8 -f json
checks=$((checks + 1)); python3 - "$tmp/dialled" "$tmp/out" <<'P' || fail "a value of a dial is not what the option gives"
import json, sys
dial, plain = (json.load(open(f))["methods"] for f in sys.argv[1:])
assert len(dial) == 2 and dial[0]["first_output"] != dial[1]["first_output"]
assert {**dial[1], "method": 0} == {**plain[0], "method": 0}
P
expect 2 "no such dial" "$molglot" eval generation --pairs "$library" --dial colour=1
expect 2 "no values" "$molglot" eval generation --pairs "$library" --dial temperature=
expect 2 "half a neighbour" "$molglot" eval generation --pairs "$library" --dial neighbours=1,1.5
expect 2 "nine values" "$molglot" eval generation --pairs "$library" --dial temperature=1,2,3,4,5,6,7,8,9
expect 2 "something behind" "$molglot" eval generation --pairs "$library" --dial 'temperature=1;2'
expect 2 "a chart of nothing" "$molglot" eval generation --pairs "$library" --chart "$tmp/none.svg"
printf 'smiles\ttext\nCCO\tan alcohol\n\tlost\nCCN\t\n' >"$tmp/pairs.tsv"
expect 3 "rejected pairs" "$molglot" eval generation --pairs "$tmp/pairs.tsv" -n 2 --bootstrap 0 --strict
has "$tmp/out" "1 pairs, 2 rows rejected" "rejected pairs are counted"
"$molglot" eval generation --pairs "$library" --unranked --candidates 100 --bootstrap 0 --save "$tmp/stopped.tsv" -f json >"$tmp/out" 2>"$tmp/err" </dev/null & pid=$!
for i in $(seq 600); do grep -qE "^generating: ([4-9][0-9]{3}|[0-9]{5}) of" "$tmp/err" && break; sleep 0.1; done
kill -INT $pid
wait $pid; code=$?
checks=$((checks + 1)); [ $code = 130 ] || fail "^C: exit $code"
has "$tmp/out" '"interrupted": true' "^C scores what is there"
checks=$((checks + 1)); [ "$(wc -l <"$tmp/stopped.tsv.partial")" -eq "$(($(sed -n 's/.*"prompts": \([0-9]*\).*/\1/p' "$tmp/out") + 1))" ] || fail "^C saves what is scored"

# latents
export MOLGLOT_GENERATOR=$tmp/latent.safetensors
expect 0 "encode" "$molglot" encode CCO c1ccccc1 C1CC
lines "$tmp/out" 4 "a row for each molecule, and the header"
has "$tmp/out" "^3,,C1CC,,rejected,unclosed ring 1," "a bad molecule says why"
expect 0 "encode to csv" "$molglot" encode CCO c1ccccc1 -o "$tmp/z.csv"
expect 0 "encode to npy" "$molglot" encode CCO c1ccccc1 -o "$tmp/z.npy"
expect 0 "decode csv" "$molglot" decode "$tmp/z.csv" -f csv --drop-extra-columns
lines "$tmp/out" 3 "two molecules"
cp "$tmp/out" "$tmp/decoded.csv"
expect 0 "decode npy" "$molglot" decode "$tmp/z.npy" -f csv
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/decoded.csv" || fail "csv and npy of the same latents decode differently"
head -c 100 "$tmp/z.npy" >"$tmp/cut.npy"
expect 4 "a cut npy" "$molglot" decode "$tmp/cut.npy"
printf 'id,z0,z1\n1,2,3\n' >"$tmp/short.csv"
expect 4 "too few columns" "$molglot" decode "$tmp/short.csv"
expect 0 "interpolate" "$molglot" interpolate CCO c1ccccc1O -n 5 -f csv
checks=$((checks + 1)); [ "$(awk -F, 'NR > 1 { n += $3 } END { print n }' "$tmp/out")" = 5 ] || fail "not five points"
has "$tmp/out" "^1,0," "the first one is A's"
expect 0 "interpolate as a picture" "$molglot" interpolate CCO c1ccccc1O -n 3 -o "$tmp/way.svg"
has "$tmp/way.svg" "^<svg" "a picture of the way"
expect 2 "interpolate from nothing" "$molglot" interpolate C1CC CCO
expect 2 "no sentences in a writer of latents" "$molglot" generate --keep-odd "a metabolite"
MOLGLOT_GENERATOR=$tmp/direct.safetensors expect 4 "a writer without latents" "$molglot" encode CCO
has "$tmp/err" "no writer of latents .part latent. in it" "a writer without latents"

# one file of all: retrieval, a direct writer, latents
unset MOLGLOT_GENERATOR
expect 2 "merge to what" "$molglot" merge "$tmp/direct.safetensors" --store int2 -o "$tmp/x.safetensors"
expect 0 "writers alone" "$molglot" merge "$tmp/direct.safetensors" "$tmp/flow.safetensors" -o "$tmp/writers.safetensors"
expect 4 "no ranking in there" "$molglot" generate --keep-odd "a metabolite" -m "$tmp/writers.safetensors"
has "$tmp/err" "no shared space .part space. in it; it holds: direct writer" "no ranking in there"
expect 0 "and without ranking" "$molglot" generate --keep-odd "a metabolite" -n 3 -S 5 --unranked -f csv -m "$tmp/writers.safetensors"
cp "$tmp/out" "$tmp/bundled.csv"
expect 0 "the same from the file itself" "$molglot" generate --keep-odd "a metabolite" -n 3 -S 5 --unranked -f csv --generator "$tmp/direct.safetensors"
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/bundled.csv" || fail "a writer in a bundle writes something else"
expect 2 "the same part twice" "$molglot" merge "$tmp/writers.safetensors" "$tmp/cages.safetensors" -o "$tmp/x.safetensors"
has "$tmp/err" "both hold the part writer.*--replace" "what to do about it"
expect 0 "the later one replaces it" "$molglot" merge "$tmp/writers.safetensors" "$tmp/cages.safetensors" --replace -o "$tmp/x.safetensors"
expect 0 "cages" "$molglot" generate --keep-odd "a metabolite" -n 3 -S 5 --unranked -f csv --generator "$tmp/cages.safetensors"
cp "$tmp/out" "$tmp/cages.csv"
expect 0 "cages in their place" "$molglot" generate --keep-odd "a metabolite" -n 3 -S 5 --unranked -f csv --generator "$tmp/x.safetensors"
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/cages.csv" && ! cmp -s "$tmp/out" "$tmp/bundled.csv" || fail "the replaced part is not the later file's"
"$molglot" info "$MOLGLOT_MODEL" >"$tmp/parts"
set -- "$1" "$MOLGLOT_MODEL"                    # what the shipped file lacks comes from random weights; nothing is held twice
grep -q "^  writer " "$tmp/parts" || set -- "$@" "$tmp/direct.safetensors"
grep -q "^  latent " "$tmp/parts" || set -- "$@" "$tmp/flow.safetensors"
shift
expect 0 "merge" "$molglot" merge "$@" --store int4 --licence none --name all -o "$tmp/bundle.safetensors"
expect 0 "info" "$molglot" info "$tmp/bundle.safetensors"
has "$tmp/out" "^  writer +direct writer +[0-9.]+ million parameters, +[0-9.]+ MB" "info names the parts"
export MOLGLOT_MODEL=$tmp/bundle.safetensors
expect 0 "generate" "$molglot" generate --keep-odd "a metabolite" -n 2 -f jsonl
has "$tmp/out" '"score":[-0-9]' "ranked by the same file"
expect 0 "diffusion" "$molglot" generate --keep-odd "a metabolite" -n 2 --method diffusion --steps 2 -f smi
expect 0 "through latents, for no sentence" "$molglot" generate --keep-odd --unconditional -n 2 --steps 2 --method diffusion -f csv
cp "$tmp/out" "$tmp/nothing.csv"
expect 0 "for no sentence" "$molglot" generate --keep-odd --unconditional -n 2 --steps 2 -f csv
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/nothing.csv" || fail "--unconditional takes another way than the latents"
expect 0 "encode" "$molglot" encode CCO
expect 0 "index" "$molglot" index "$library" -o "$tmp/b.idx"
expect 0 "search" "$molglot" search "$tmp/b.idx" "a purine alkaloid found in coffee" -k 3
has "$tmp/out" "affeine" "search"
expect 0 "eval generation" "$molglot" eval generation --pairs "$library" --limit 2 -n 2 --method diffusion --steps 2 --bootstrap 0
expect 0 "the example opens a bundle" "$example" "$tmp/bundle.safetensors" "$tmp/b.idx" "a metabolite"
export MOLGLOT_MODEL=$shipped

# the order: score less 0.005 a unit of nll, and less --copy-cost where it is a molecule that draws started from
if grep -q "^  writer " "$tmp/parts"; then
    unset MOLGLOT_GENERATOR
    for cost in 0 0.05 2; do
        expect 0 "copy cost $cost" "$molglot" generate --keep-odd --soft "a purine alkaloid found in coffee and tea" -n 32 --candidates 32 --no-rerank --memory "$tmp/l.idx" --copy-cost $cost -f csv
        cp "$tmp/out" "$tmp/cost$cost.csv"
        checks=$((checks + 1)); python3 - "$tmp/cost$cost.csv" $cost <<'P' || fail "order with copy cost $cost"
import csv, sys
rows = [r for r in csv.DictReader(open(sys.argv[1])) if r["valid"] == "true"]
ended = [r for r in rows if r["stop"] == "end"]                # not those that were cut off or repeat themselves
merit = [float(r["score"]) - 0.005 * float(r["nll"]) - float(sys.argv[2]) * (r["copy"] == "true") for r in ended]
assert all(a >= b - 1e-4 for a, b in zip(merit, merit[1:])), merit
copies = [r["smiles"] for r in rows if r["copy"] == "true"]
assert "Cn1c(=O)c2c(ncn2C)n(C)c1=O" in copies, copies          # caffeine stands in the library
assert len(copies) < len(rows)
if sys.argv[2] == "2": assert all(r["copy"] == "true" for r in ended[-len(copies):])
P
    done
    export MOLGLOT_GENERATOR=$tmp/direct.safetensors
fi

# the example in C: the command's molecules in the command's order
expect 0 "the command" "$molglot" generate "a metabolite" -n 3 --memory "$tmp/l.idx" -f smi
cut -f 1 "$tmp/out" > "$tmp/command.smi"
expect 0 "the example" "$example" "$MOLGLOT_MODEL" "$tmp/l.idx" "a metabolite" "$tmp/direct.safetensors"
has "$tmp/out" "^[0-9]+ drawn: " "the example counts"
sed -n 's/^ [0-9]  .*  //p' "$tmp/out" > "$tmp/example.smi"
checks=$((checks + 1)); cmp -s "$tmp/command.smi" "$tmp/example.smi" || fail "the example and the command differ"
expect 2 "too few arguments" "$example" "$MOLGLOT_MODEL"
finish
