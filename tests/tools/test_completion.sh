#!/bin/sh
# tools/completion: what bash and, where it is, zsh offer after TAB. test_completion.sh PROGRAM
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
zsh_offers() { # PATTERN LINE
    got=$(cd "$root" && timeout 60 zsh -f tests/tools/zsh_offers.zsh "$root/tools/completion" "$(cd "$(dirname "$program")" && pwd)" "$2")
    case $got in *"$1"*) ;; *) echo "FAILED: zsh: $2: '$got' has no '$1'"; failures=1 ;; esac
}
if command -v zsh >/dev/null; then
    zsh_offers "molglot generate " "molglot ge"
    zsh_offers "molglot eval retrieval" "molglot eval retr"
    zsh_offers "molglot map --perplexity" "molglot map --perp"
fi
exit $failures
