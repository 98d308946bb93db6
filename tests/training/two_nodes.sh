#!/usr/bin/env bash
# Runs one command on two "nodes" of this machine: network namespaces joined by a veth pair, each with a host name and an
# address of its own. Needs root and iproute2; exits with 77 where they are missing. Leaves nothing behind.
#
#   two_nodes.sh COMMAND…      NODE (0 or 1), IFACE and FIRST (address of node 0) are set for the command;
#                              what node N says goes to nodeN.log; the exit status is that of the last to fail.
set -u
name=vib$$; first=10.231.7.1; second=10.231.7.2; pids=()
cleanup() {
  for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  for node in 0 1; do ip netns del "$name-$node" 2>/dev/null; rm -rf "/etc/netns/$name-$node"; done
  rmdir /etc/netns 2>/dev/null
}
trap cleanup EXIT
ip netns add $name-0 && ip netns add $name-1 || { echo "no network namespaces here: is this root?" >&2; exit 77; }
ip link add ${name}v0 netns $name-0 type veth peer name ${name}v1 netns $name-1 || exit 77
for node in 0 1; do
  address=$([ $node = 0 ] && echo $first || echo $second)
  ip -n $name-$node addr add $address/24 dev ${name}v$node
  ip -n $name-$node link set lo up
  ip -n $name-$node link set ${name}v$node up
  mkdir -p /etc/netns/$name-$node
  printf '127.0.0.1 localhost\n%s node0\n%s node1\n' $first $second > /etc/netns/$name-$node/hosts
done
for node in 0 1; do
  NODE=$node IFACE=${name}v$node FIRST=$first ip netns exec $name-$node unshare --uts \
    sh -c 'hostname node$NODE; exec "$@"' sh "$@" > node$node.log 2>&1 &
  pids+=($!)
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=$?; done
pids=()
exit $status
