// A server that gives messages back, and its clients, on a processor each. With a file the server
// first stores a record for each message of a batch and syncs once: group commit at its simplest.
#define _GNU_SOURCE
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS_MAX = 1024, DESCRIPTORS_MAX = 4096, READY_MAX = 256, BUFFER_BYTES = 65536 };
/// The file is filled with zeros before, and written over from its beginning when it is full.
enum { FILE_BYTES = 64 << 20 };

// MARK: the server

/// What one connection has asked for in this round.
struct piece {
    int connection;
    size_t count;
    char bytes[BUFFER_BYTES];
};

/// The beginning of a message whose rest is still to come.
struct remainder {
    size_t count;
    char bytes[MESSAGE_BYTES];
};

static struct piece pieces[READY_MAX];
static struct remainder remainders[DESCRIPTORS_MAX];

static void watch(int poller, int descriptor, uint32_t number) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    demand(epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
}

/// Takes whole messages from a connection. Returns how many bytes they are.
static size_t take(int connection, struct piece *piece) {
    struct remainder *rest = &remainders[connection];
    memcpy(piece->bytes, rest->bytes, rest->count);
    ssize_t taken = read(connection, piece->bytes + rest->count, BUFFER_BYTES - rest->count);
    if (taken < 0 && errno == EAGAIN) return 0;
    if (taken <= 0) {
        close(connection);
        rest->count = 0;
        return 0;
    }
    size_t bytes = rest->count + (size_t)taken;
    rest->count = bytes % MESSAGE_BYTES;
    bytes -= rest->count;
    memcpy(rest->bytes, piece->bytes + bytes, rest->count);
    piece->connection = connection;
    piece->count = bytes;
    return bytes;
}

static void give(const struct piece *piece) {
    size_t sent = 0;
    while (sent < piece->count) {
        ssize_t written = write(piece->connection, piece->bytes + sent, piece->count - sent);
        if (written < 0 && errno == EAGAIN) {
            sched_yield();
        } else if (written < 0) {
            return;
        } else {
            sent += (size_t)written;
        }
    }
}

/// Appends records for so many messages, and syncs them.
static void store(int file, size_t messages) {
    static char records[READY_MAX * BUFFER_BYTES / MESSAGE_BYTES * RECORD_BYTES];
    static size_t at = 0;
    size_t bytes = messages * RECORD_BYTES;
    records[0]++;
    if (at + bytes > FILE_BYTES) at = 0;
    demand(pwrite(file, records, bytes, (off_t)at) == (ssize_t)bytes, "pwrite");
    demand(fdatasync(file) == 0, "fdatasync");
    at += bytes;
}

static void serve(int listener, int file) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    stay_on(0);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    watch(poller, listener, (uint32_t)listener);
    struct epoll_event ready[READY_MAX];
    for (;;) {
        int count = epoll_wait(poller, ready, READY_MAX, -1);
        int taken = 0;
        size_t bytes = 0;
        for (int index = 0; index < count; index++) {
            int descriptor = (int)ready[index].data.u32;
            if (descriptor == listener) {
                int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (connection >= 0) watch(poller, connection, (uint32_t)connection);
                continue;
            }
            size_t more = take(descriptor, &pieces[taken]);
            if (more > 0) taken++;
            bytes += more;
        }
        if (file >= 0 && bytes > 0) store(file, bytes / MESSAGE_BYTES);
        for (int index = 0; index < taken; index++) give(&pieces[index]);
    }
}

// MARK: the clients

struct client {
    int connection;
    /// When each message in flight was sent; a ring of the depth.
    uint64_t *sent_at;
    size_t sent, answered, partial;
};

static struct client clients[CLIENTS_MAX];
static const char messages[BUFFER_BYTES];

static int by_size(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void send_more(struct client *client, size_t count, size_t depth, uint64_t at) {
    for (size_t index = 0; index < count; index++) client->sent_at[client->sent++ % depth] = at;
    write_all(client->connection, messages, count * MESSAGE_BYTES);
}

/// Has so many messages answered, and prints the rate and the times.
static void ask(const char *socket, size_t count, size_t depth, size_t total) {
    stay_on(1);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    for (size_t index = 0; index < count; index++) {
        clients[index].connection = connect_to(socket);
        clients[index].sent_at = calloc(depth, sizeof(uint64_t));
        watch(poller, clients[index].connection, (uint32_t)index);
    }
    uint64_t *times = malloc(total * sizeof *times);
    demand(times != NULL, "malloc");
    size_t done = 0;
    uint64_t start = now();
    for (size_t index = 0; index < count; index++) send_more(&clients[index], depth, depth, now());
    struct epoll_event ready[READY_MAX];
    static char buffer[BUFFER_BYTES];
    while (done < total) {
        int events = epoll_wait(poller, ready, READY_MAX, -1);
        for (int index = 0; index < events; index++) {
            struct client *client = &clients[ready[index].data.u32];
            ssize_t taken = read(client->connection, buffer, sizeof buffer);
            demand(taken > 0, "read");
            size_t bytes = client->partial + (size_t)taken;
            size_t answers = bytes / MESSAGE_BYTES;
            client->partial = bytes % MESSAGE_BYTES;
            uint64_t at = now();
            for (size_t answer = 0; answer < answers && done < total; answer++) {
                times[done++] = at - client->sent_at[client->answered++ % depth];
            }
            if (answers > 0 && done < total) send_more(client, answers, depth, at);
        }
    }
    double seconds = (double)(now() - start) / 1e9;
    qsort(times, done, sizeof *times, by_size);
    print_figure("rate", (double)done / seconds);
    print_figure("p50", (double)times[done / 2] / 1e3);
    print_figure("p99", (double)times[done * 99 / 100] / 1e3);
}

/// Fills the file with zeros, so that a sync later has no metadata to write.
static int prepared(const char *path) {
    static const char zeros[1 << 20];
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    demand(file >= 0, path);
    for (size_t at = 0; at < FILE_BYTES; at += sizeof zeros) write_all(file, zeros, sizeof zeros);
    demand(fsync(file) == 0, "fsync");
    return file;
}

int run_echo(int count, char **words) {
    demand(count >= 6, "ipamfloor echo CONNECTIONS DEPTH MESSAGES SOCKET [FILE]");
    size_t connections = strtoull(words[2], NULL, 10);
    size_t depth = strtoull(words[3], NULL, 10);
    size_t total = strtoull(words[4], NULL, 10);
    demand(connections >= 1 && connections <= CLIENTS_MAX, "CONNECTIONS is 1 to 1024");
    demand(depth >= 1 && depth <= BUFFER_BYTES / MESSAGE_BYTES, "DEPTH is 1 to 2048");
    demand(total >= 1, "MESSAGES is 1 at least");
    int file = count > 6 ? prepared(words[6]) : -1;
    int listener = listen_at(words[5]);
    pid_t server = fork();
    demand(server >= 0, "fork");
    if (server == 0) serve(listener, file);
    close(listener);
    ask(words[5], connections, depth, total);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    unlink(words[5]);
    return 0;
}
