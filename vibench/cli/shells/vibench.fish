# Completion of vibench in fish. Made by `vibench --show-completion`.
function __vibench_offers
    set -lx _VIBENCH_COMPLETE (commandline -cp)
    vibench 2>/dev/null | string match -v ''
end
# files only where vibench has nothing to offer
complete -c vibench -f -n '__vibench_offers >/dev/null' -a '(__vibench_offers)'
