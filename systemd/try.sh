#!/bin/sh
# Starts the real daemon through socket activation in a private folder, asks it for a few
# prefixes, and keeps serving until Ctrl-C.
#
#     systemd/try.sh DIRECTORY_OF_BINARIES
set -eu

binaries=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
# Short, for the path of a Unix socket has at most 107 bytes.
folder=$(mktemp -d "${XDG_RUNTIME_DIR:-/tmp}/ipamd.XXXXXX")
IPAM_SOCKET=$folder/ipamd.sock
export IPAM_SOCKET
ipamc=$binaries/ipamc
daemon=

finish() {
    trap - EXIT INT TERM
    [ -n "$daemon" ] && kill "$daemon" 2>/dev/null && wait "$daemon" || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'echo; echo "Stopping."; exit 0' INT TERM

show() {
    printf '\n$ %s\n' "$*"
    shift
    "$ipamc" "$@"
}

# The daemon starts with the first connection and inherits the socket, as under systemd.
systemd-socket-activate --listen="$IPAM_SOCKET" --fdname=ipamd.sock \
    -E SWIFT_BACKTRACE=enable=no "$binaries/ipamd" --state "$folder/state" &
daemon=$!
for _ in $(seq 100); do
    [ -S "$IPAM_SOCKET" ] && break
    kill -0 "$daemon" || exit 1
    sleep 0.1
done

show ipamc apply -f "$here/Tests/Samples/first-light.yaml"
show ipamc request --length 26 --selector tier=public
show ipamc request --length 26 --selector tier=public
show ipamc request --length 64 --family IPv6 --selector tier=public
show ipamc tree

cat <<END

The daemon serves until Ctrl-C. In a second terminal:

    export IPAM_SOCKET=$IPAM_SOCKET
    $ipamc request --length 28 --selector tier=public
    $ipamc get prefixallocations

END
# Waiting for a child ends early when a signal comes, so that the trap can run.
wait "$daemon"
echo 'The daemon has ended.' >&2
exit 1
