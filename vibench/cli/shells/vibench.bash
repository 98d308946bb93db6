# Completion of vibench in bash. Made by `vibench --show-completion`.
_vibench() {
    local line="${COMP_LINE:0:COMP_POINT}" word lead=""
    word="${line##* }"
    # bash takes a word to begin after `=`
    [[ "$word" == *=* && "$COMP_WORDBREAKS" == *"="* ]] && lead="${word%=*}="
    local IFS=$'\n'
    COMPREPLY=($(_VIBENCH_COMPLETE="$line" "${COMP_WORDS[0]}" 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]#"$lead"}")
    # a key goes on after its `.` or `=`
    [[ "${#COMPREPLY[@]}" == 1 && "${COMPREPLY[0]}" == *[.=] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _vibench vibench
