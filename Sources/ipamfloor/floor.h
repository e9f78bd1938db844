// What the floor programs share: a clock, figures, and calls that end the program when they fail.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// One message of the echo, and what the durable echo stores for each.
enum { MESSAGE_BYTES = 32, RECORD_BYTES = 64 };

/// Nanoseconds of a clock that never goes back.
uint64_t now(void);

/// Ends the program with the reason of the last call when `holds` is false.
void demand(int holds, const char *what);

/// Writes or reads all of it, however many calls that takes.
void write_all(int file, const void *bytes, size_t count);
void read_all(int file, void *bytes, size_t count);

/// A listening or a connected Unix socket.
int listen_at(const char *path);
int connect_to(const char *path);

/// Prints one figure: a name, a number.
void print_figure(const char *name, double value);

/// Keeps the process on one processor, if the machine has it.
void stay_on(int processor);

int run_echo(int count, char **words);
int run_store(int count, char **words);
int run_answer(int count, char **words);
int run_ask(int count, char **words);
