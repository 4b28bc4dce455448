#!/bin/sh
# tools/completion: what bash offers after TAB. test_completion.sh PROGRAM; zsh's is only parsed, where zsh is.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
program=$1
command -v bash >/dev/null || { echo "skipped: there is no bash"; exit 77; }
failures=0
# offers WORD... : completes the last word; prints what is offered on one line
offers() {
    # shellcheck disable=SC2016
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _molglot; echo " ${COMPREPLY[*]} "' bash \
        "$root/tools/completion/molglot.bash" "$program" "$@"
}
expect() { # PATTERN WORD...
    want=$1; shift
    got=$(offers "$@")
    case $got in *$want*) ;; *) echo "FAILED: molglot $*: '$got' has no '$want'"; failures=1 ;; esac
}
expect " generate " ge
expect " search serve " se
expect " --color " map --c
expect " --perplexity " map -i x --perp
expect " --bootstrap " eval retrieval --boot
expect " retrieval " eval retr
expect " alignment " eval al
expect "$root/tests/tools/test_completion.sh" index "$root/tests/tools/test_compl"
case $(offers map --no-such) in "  ") ;; *) echo "FAILED: an unknown option has an offer"; failures=1 ;; esac
command -v zsh >/dev/null && { zsh -n "$root/tools/completion/_molglot" || failures=1; }
exit $failures
