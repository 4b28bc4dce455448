#!/bin/sh
# README.md's commands run as pasted, and what they find is what README shows: each last word of a row of search, name and describe stands in the
# output; what generate shows is held against its own request (meets 3/3), since draws may differ on another processor. docs/faults.md is as made.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
root=$(cd "$here/../.." && pwd)
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
export MOLGLOT_MODEL=$2 LC_ALL=C.UTF-8
unset MOLGLOT_MANIFEST # one command runs another again
mkdir "$tmp/bin" "$tmp/at"
ln -s "$program" "$tmp/bin/molglot"
ln -s "$root/examples" "$tmp/at/"
printf 'CCO ethanol\n' >"$tmp/at/my.smi"
export PATH="$tmp/bin:$PATH"
number=0
awk '/^    \$ molglot/ { print "$" substr($0, 7); next } /^      / { print }' "$root/README.md" >"$tmp/lines"
while IFS= read -r line; do
    case $line in
    '$'*)
        command=${line#?}
        number=$((number + 1))
        case $command in *" -f "* | *" -o "* | *" rerun "*) ask=$command ;; *) ask="$command -f table" ;; esac
        checks=$((checks + 1))
        (cd "$tmp/at" && sh -c "$ask" >"$tmp/out" 2>"$tmp/err" </dev/null) || fail "does not run: $command"
        case $command in *' -o '*) ;; *' generate "'*) has "$tmp/out" " 3/3 " "$command: an answer that meets the request" ;; esac ;;
    *)
        case $command in molglot\ generate*) continue ;; esac
        word=$(printf '%s\n' "$line" | awk '{ print $NF }')
        checks=$((checks + 1))
        grep -qF -- "$word" "$tmp/out" || fail "$command: '$word' of README is not in the output" ;;
    esac
done <"$tmp/lines"
checks=$((checks + 2))
[ $number -ge 9 ] || fail "$number commands in README"
"$root/tools/faults_table.sh" | cmp -s - "$root/docs/faults.md" || fail "docs/faults.md is not what tools/faults_table.sh makes"
finish
