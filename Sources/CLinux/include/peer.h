// Who is at the other end of a Unix stream socket, as the kernel recorded it when the peer
// called connect(2). Glibc's `struct ucred` needs _GNU_SOURCE, which Swift's Glibc module does
// not define.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Accepts a client (accept4(2)) on a socket that does not block, and makes that of the client
/// another such. Returns it, or -1 with errno.
int clinux_accept(int socket);

/// Credentials of the peer's process at the time of its connect(2).
struct clinux_peer {
    uint32_t uid;
    uint32_t gid;
    int32_t pid;
};

/// Reads SO_PEERCRED (unix(7)) of a connected socket. Returns 0, or an errno.
int clinux_peer_credentials(int socket, struct clinux_peer *peer);

/// Reads SO_PEERGROUPS, the supplementary groups of the peer (Linux 4.13 and later).
///
/// `groups` has room for `*count` numbers; on return `*count` says how many there are. Returns
/// 0, or an errno; with ERANGE the room was too small for the `*count` groups that there are.
int clinux_peer_groups(int socket, uint32_t *groups, size_t *count);
