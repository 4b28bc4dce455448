# zsh_offers.zsh COMPLETION_FOLDER PROGRAM_FOLDER LINE: what an interactive zsh makes of LINE and TAB.
zmodload zsh/zpty
zpty z "PS1= TERM=dumb zsh -f -i"
z() { zpty -w z "$1"; }
z "unset zle_bracketed_paste; path=($2 \$path); fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''; LISTMAX=0; COLUMNS=200; LINES=200"
# the words are cut in two, so that their echo is not taken for what they print
z "bindkey '^I' complete-word; told() { print -n ALL''SHOWN }; zle -N told; bindkey '^X' told"
z "zle-line-init() { print -n EDITOR''ON }; zle -N zle-line-init; print READY"
# the editor takes keys one after another: what it prints for ^X comes behind all that it offers
zpty -r z line '*EDITORON*'
zpty -n -w z "$3"$'\t\t\x18'
zpty -r z out '*ALLSHOWN*'
print -r -- "${out%ALLSHOWN*}" | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g' | tr -d '\r\a'
zpty -d z
