// The parts of libsystemd that the module Systemd wraps: socket activation, notification and
// the watchdog (sd-daemon), and structured log entries (sd-journal).
#pragma once

// Entries are written by a thread that serves many places in the code: the file and line that
// the macros would add are those of the wrapper, and say nothing.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
