#!/bin/sh
# The lines under "Example:" of each --help run as pasted, in a folder that holds examples/, recipes/ and the shipped models/.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
root=$(cd "$here/../.." && pwd)
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
export MOLGLOT_MODEL=$2 LC_ALL=C.UTF-8
unset MOLGLOT_MANIFEST # an example runs another again
mkdir "$tmp/bin" "$tmp/at"
ln -s "$program" "$tmp/bin/molglot"
export PATH="$tmp/bin:$PATH"

# examples COMMAND: each line in the folder of the command, one after another: a later one may read what an earlier one wrote
examples() {
    dir=$tmp/at/all_$(echo "$1" | tr ' ' _)
    mkdir -p "$dir"
    ln -s "$root/examples" "$root/recipes" "$dir/"
    ln -s "$MOLGLOT_MODEL" "$dir/models"
    # shellcheck disable=SC2086
    expect 0 "$1 --help" "$program" $1 --help
    sed -n '/^\(Example\|Try\):/,/^$/p' "$tmp/out" | grep '^  ' >"$dir/lines"
    checks=$((checks + 1)); [ -s "$dir/lines" ] || fail "$1 --help has no example"
    while IFS= read -r line; do
        checks=$((checks + 1))
        (cd "$dir" && sh -c "$line" >out 2>err </dev/null) || { fail "$1: the example does not run:$line"; head -3 "$dir/err" | sed 's/^/    /' >&2; }
    done <"$dir/lines"
}
commands=$("$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -v -e '^eval$' -e '^import$' -e '^serve$' -e '^molglot$')
examples ""
for command in $commands; do examples "$command"; done
for measure in retrieval generation predictions reconstruction unconditional; do examples "eval $measure"; done
expect 0 "import --help" "$program" import --help      # its files are the authors'
has "$tmp/out" "^  molglot import momu.ckpt --vocab scibert_vocab.txt -o momu.safetensors$" "the example of import stands in one line"
expect 0 "serve --help" "$program" serve --help        # it ends when it is told to: test_serve.sh
has "$tmp/out" "^  molglot serve library.idx$" "the example of serve"
finish
