# bash: molglot's commands, options and files after TAB. Options are read from --usage, so they are those of the program.
_molglot() {
    local word=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} command=${COMP_WORDS[1]-} said
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        said=$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$said --help --version" -- "$word")
        return
    fi
    if [ "$command" = eval ] && [ "$COMP_CWORD" -eq 2 ]; then
        said="retrieval $("$program" eval --help 2>/dev/null | tr -s '\n ' '  ' | grep -o 'molglot eval [a-z][a-z]*' | sed 's/.* //')"
        mapfile -t COMPREPLY < <(compgen -W "$said --help" -- "$word")
        return
    fi
    case $word in
    -*)
        if [ "$command" = eval ] && [[ ${COMP_WORDS[2]-} != -* ]]; then
            said=$("$program" eval "${COMP_WORDS[2]}" --usage 2>/dev/null)
        else
            said=$("$program" "$command" --usage 2>/dev/null)
        fi
        said=$(printf '%s\n' "$said" | grep -o -- '--[a-z][a-z0-9-]*')
        mapfile -t COMPREPLY < <(compgen -W "$said" -- "$word")
        ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
}
complete -o filenames -F _molglot molglot
