// The least that a server, a disk or a client could do on this machine: what ipambench compares
// with. Built with `cc -O2 -static`, because a one-shot client is mostly its own start.
#define _GNU_SOURCE
#include "floor.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void demand(int holds, const char *what) {
    if (holds) return;
    perror(what);
    exit(1);
}

void write_all(int file, const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = write(file, next, count);
        demand(written > 0, "write");
        next += written;
        count -= (size_t)written;
    }
}

void read_all(int file, void *bytes, size_t count) {
    char *next = bytes;
    while (count > 0) {
        ssize_t taken = read(file, next, count);
        demand(taken > 0, "read");
        next += taken;
        count -= (size_t)taken;
    }
}

static struct sockaddr_un address_of(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    demand(strlen(path) < sizeof address.sun_path, "the path of the socket is too long");
    strcpy(address.sun_path, path);
    return address;
}

int listen_at(const char *path) {
    struct sockaddr_un address = address_of(path);
    unlink(path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    demand(listener >= 0, "socket");
    demand(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    demand(listen(listener, 1024) == 0, "listen");
    return listener;
}

int connect_to(const char *path) {
    struct sockaddr_un address = address_of(path);
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    demand(connection >= 0, "socket");
    demand(connect(connection, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    return connection;
}

void print_figure(const char *name, double value) { printf("%s %.3f\n", name, value); }

void stay_on(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    // A machine with one processor has nothing to keep apart.
    (void)sched_setaffinity(0, sizeof set, &set);
}

int main(int count, char **words) {
    const char *verb = count > 1 ? words[1] : "";
    if (strcmp(verb, "ask") == 0) return run_ask(count, words);
    if (strcmp(verb, "answer") == 0) return run_answer(count, words);
    if (strcmp(verb, "echo") == 0) return run_echo(count, words);
    if (strcmp(verb, "store") == 0) return run_store(count, words);
    fputs(
        "usage: ipamfloor echo CONNECTIONS DEPTH MESSAGES SOCKET [FILE]\n"
        "       ipamfloor store FILE BYTES\n"
        "       ipamfloor answer SOCKET\n"
        "       ipamfloor ask SOCKET\n",
        stderr);
    return 2;
}
