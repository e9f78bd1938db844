// One question to a server and its answer, as a process of its own: the least one-shot client; and
// the server that it asks, which answers with what it was asked.
#define _GNU_SOURCE
#include "floor.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

int run_ask(int count, char **words) {
    demand(count == 3, "ipamfloor ask SOCKET");
    char message[MESSAGE_BYTES] = {1};
    int connection = connect_to(words[2]);
    write_all(connection, message, sizeof message);
    read_all(connection, message, sizeof message);
    char line[64];
    int length = snprintf(line, sizeof line, "10.0.0.%d/26\n", message[0]);
    write_all(STDOUT_FILENO, line, (size_t)length);
    return 0;
}

int run_answer(int count, char **words) {
    demand(count == 3, "ipamfloor answer SOCKET");
    // It is started by a bench that may be ended at any time.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int listener = listen_at(words[2]);
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0) continue;
        char message[MESSAGE_BYTES];
        ssize_t taken;
        while ((taken = read(connection, message, sizeof message)) > 0) {
            write_all(connection, message, (size_t)taken);
        }
        close(connection);
    }
}
