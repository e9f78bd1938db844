#!/bin/sh
# Installs what building and trying ipamd needs from Debian: the headers of libsystemd and their
# pkg-config file, systemd-socket-activate, and Python for the second implementation of the
# protocol. Without root it prints the command to run instead.
set -eu

if ! command -v swift >/dev/null; then
    echo 'Swift is missing. README.md says how to get it.' >&2
    exit 1
fi

missing=
command -v pkg-config >/dev/null || missing="$missing pkg-config"
pkg-config --exists libsystemd 2>/dev/null || missing="$missing libsystemd-dev"
command -v systemd-socket-activate >/dev/null || missing="$missing systemd"
command -v python3 >/dev/null || missing="$missing python3"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Missing:$missing. Install them, then try again:" >&2
    echo "    sudo apt-get update && sudo apt-get install --yes$missing" >&2
    exit 1
fi
echo "Installing:$missing"
apt-get update --quiet=2
# Without a question, for there may be nobody to answer.
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends $missing
