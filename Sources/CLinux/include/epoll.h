// epoll(7), which is not in Swift's Glibc module.
#pragma once

#include <sys/epoll.h>
