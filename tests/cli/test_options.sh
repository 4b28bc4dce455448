#!/bin/sh
# Every command takes the common options that it uses and refuses the others: none is taken and ignored.
set -u
here=$(dirname "$0")
. "$here/lib.sh"

# takes "COMMAND" OPTION...: those before --help are parsed first, so that the command runs nothing
takes() {
    command=$1; shift
    for option in "-m x" "--model=x" "-j 1" "--threads=1" "--device=cpu" "-q" "--quiet" "--strict"; do
        want=2
        for taken in "$@"; do case $option in "$taken"*) want=0 ;; esac; done
        # shellcheck disable=SC2086
        expect $want "$command $option" "$molglot" $command $option --help
        [ $want = 0 ] || has "$tmp/err" "molglot $command: (invalid option|unrecognized option)" "$command $option says why"
    done
}
model="-m --model" threads="-j --threads" quiet="-q --quiet"
for command in explain map "eval alignment" index search generate embed encode decode caption predict "eval caption" "eval retrieval" "eval generation" "eval predictions" "eval reconstruction"; do
    # shellcheck disable=SC2086
    takes "$command" $model $threads --device $quiet --strict
done
# shellcheck disable=SC2086
{
    takes interpolate $model $threads --device $quiet
    takes "eval unconditional" $threads $quiet --strict
    takes depict $quiet --strict
    takes name $model $quiet --strict
    takes describe $quiet --strict
    takes report $model $threads --device $quiet --strict
    takes rerun $quiet
    takes train $threads --device $quiet
    takes import $quiet
    takes merge $quiet
    takes concat $quiet -m --model
    takes export $quiet
    takes serve $model $threads $quiet
    takes mcp $model $threads $quiet
    takes doctor $model $threads --device
    takes info $model
}
expect 2 "what depict ignored" "$molglot" depict CCO -m /nonexistent --device cuda
# completion knows every command and every option that --help shows
if command -v bash >/dev/null; then
    cat >"$tmp/complete.bash" <<'END'
. "$1/tools/completion/molglot.bash"
list() { COMP_WORDS=("$program" "$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _molglot; printf '%s\n' "${COMPREPLY[@]}" | sort -u; }
program=$2
mapfile -t commands < <(list "" | grep -v '^-')
mapfile -t tasks < <(list eval "" | grep -v '^-')
for c in "${commands[@]}" "${tasks[@]/#/eval }"; do
    [ "$c" = eval ] && continue
    "$program" $c --help | sed -n 's/^ \{2,6\}\(-[A-Za-z?], \)*\(--.*\)/\2/p' | sed 's/   .*//' | grep -o -- '--[a-z][a-z0-9-]*' | sort -u >"$3/want"
    list $c - | comm -13 - "$3/want" | sed "s/^/$c lacks /"
done
echo "${#commands[@]} commands"
END
    expect 0 "completion" bash "$tmp/complete.bash" "$here/../.." "$molglot" "$tmp"
    not "$tmp/out" " lacks " "completion knows the options"
    has "$tmp/out" "^2[0-9] commands" "and the commands"
fi

finish
