#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "The kernel writes gid_t into uint32_t.");

int clinux_accept(int socket) {
    return accept4(socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_peer_credentials(int socket, struct clinux_peer *peer) {
    struct ucred credentials;
    socklen_t length = sizeof(credentials);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) {
        return errno;
    }
    // A socket without a peer reads as pid 0 and uid -1; nobody may be taken for that user.
    if (length != sizeof(credentials) || credentials.uid == (uid_t)-1) {
        return ENOTCONN;
    }
    peer->uid = credentials.uid;
    peer->gid = credentials.gid;
    peer->pid = credentials.pid;
    return 0;
}

int clinux_peer_groups(int socket, uint32_t *groups, size_t *count) {
    socklen_t length = (socklen_t)(*count * sizeof(*groups));
    int result = getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &length);
    int error = result < 0 ? errno : 0;
    if (error == 0 || error == ERANGE) {
        *count = length / sizeof(*groups);
    }
    return error;
}
