#compdef vibench
# Completion of vibench in zsh. Made by `vibench --show-completion`.
_vibench() {
    local -a found more
    local answer
    answer="$(_VIBENCH_COMPLETE="${(j: :)words[1,CURRENT]}" "${words[1]}" 2>/dev/null)"
    if [[ -z "$answer" ]]; then
        _files
        return
    fi
    more=("${(@M)${(@f)answer}:#*[.=]}")
    found=("${(@)${(@f)answer}:#*[.=]}")
    (( ${#more} )) && compadd -S '' -- "${more[@]}"
    (( ${#found} )) && compadd -- "${found[@]}"
}
compdef _vibench vibench
