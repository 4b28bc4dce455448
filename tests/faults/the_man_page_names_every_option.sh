#!/bin/sh
# faults: U24
# Each option of each command's help stands in docs/molglot.1, and each option of a command in the docs in its help; info is short and begins with the parts.
. "$(dirname "$0")/lib.sh"
sed 's/\\-/-/g' "$root/docs/molglot.1" >"$tmp/man"
commands=$("$molglot" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -v '^molglot$')
for command in $commands "eval generation" "eval predictions" "eval reconstruction" "eval unconditional"; do
    # shellcheck disable=SC2086
    expect 0 "$command --help" "$molglot" $command --help
    for option in $(grep -oE -e '(^|, |^ +)--[a-z][a-z0-9-]+' "$tmp/out" | grep -oE -e '--[a-z0-9-]+'); do
        checks=$((checks + 1)); grep -qE -e "$option([^a-z0-9-]|\$)" "$tmp/man" || fail "$command: $option is not in the man page"
    done
    checks=$((checks + 1)); grep -q "molglot $command" "$tmp/man" || [ "$command" = eval ] || fail "$command is not in the man page"
done
# what the pages print is what the commands take
grep -hE '^    (\$ )?molglot [a-z]+ ' "$root"/README.md "$root"/docs/*.md "$root"/docs/models/*.md "$root"/models/*.md |
    sed -E 's/^    (\$ )?molglot //; s/  +#.*//; s/"[^"]*"//g' | sort -u >"$tmp/printed"
while read -r command rest; do
    [ "$command" = eval ] && { command="eval ${rest%% *}"; rest=${rest#* }; }
    # shellcheck disable=SC2086
    help="$tmp/help $command"
    [ -e "$help" ] || "$molglot" $command --help </dev/null >"$help" 2>/dev/null
    for option in $(echo " $rest" | grep -oE -e ' --[a-z0-9][a-z0-9-]+'); do
        checks=$((checks + 1)); grep -qE -e "$option([^a-z0-9-]|\$)" "$help" || fail "the docs give $command an option $option"
    done
done <"$tmp/printed"
expect 0 "info" "$molglot" info
checks=$((checks + 1)); [ "$(wc -l <"$tmp/out")" -le 110 ] || fail "info prints $(wc -l <"$tmp/out") lines"
checks=$((checks + 1)); [ "$(head -1 "$tmp/out")" = "parts:" ] || fail "info does not begin with the parts"
expect 0 "info --all" "$molglot" info --all
has "$tmp/out" "molglot.config" "--all shows the configuration"
finish
