// A file of so many bytes, written from the beginning to the end and then synced: the least that
// a checkpoint could do.
#define _GNU_SOURCE
#include "floor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int run_store(int count, char **words) {
    enum { PIECE = 1 << 20 };
    demand(count == 4, "ipamfloor store FILE BYTES");
    size_t bytes = strtoull(words[3], NULL, 10);
    char *piece = malloc(PIECE);
    demand(piece != NULL, "malloc");
    memset(piece, 'c', PIECE);
    uint64_t start = now();
    int file = open(words[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    demand(file >= 0, words[2]);
    for (size_t left = bytes; left > 0;) {
        size_t next = left < PIECE ? left : PIECE;
        write_all(file, piece, next);
        left -= next;
    }
    demand(fsync(file) == 0, "fsync");
    double seconds = (double)(now() - start) / 1e9;
    close(file);
    unlink(words[2]);
    free(piece);
    print_figure("seconds", seconds);
    return 0;
}
