# zsh_offers.zsh COMPLETION_FOLDER PROGRAM_FOLDER LINE: what an interactive zsh makes of LINE and TAB.
zmodload zsh/zpty
zpty z "PS1= TERM=dumb zsh -f -i"
z() { zpty -w z "$1"; }
z "unset zle_bracketed_paste; path=($2 \$path); fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''; LISTMAX=0; COLUMNS=200; LINES=200"
z "bindkey '^I' complete-word; zle-line-init() {}; print READY"
zpty -r z line '*READY*'
sleep 0.3
zpty -n -w z "$3"$'\t\t'
sleep 2
out=
while zpty -r -t z line; do out+=$line; done
print -r -- "$out" | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g' | tr -d '\r\a'
zpty -d z
