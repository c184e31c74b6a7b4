// For supervisor.py: the least that a supervisor can do, and the service that is measured.
//
//   limit init PROGRAM FILE N   vfork and exec N services, restart one that ends; SIGTERM: tell all, wait for all
//   limit serve FILE            count ourselves in FILE, and wait for a SIGTERM
//   limit write FILE BYTES      write so many bytes of lines to stdout, then count ourselves and wait
//
// FILE holds two numbers, shared by all: how many have started, and when the last one did, in nanoseconds.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;

static void tell_all(int number) {
    (void)number;
    stopping = 1;
    kill(-1, SIGTERM);
}

static void start(char** arguments) {
    if (vfork() == 0) {
        execve(arguments[0], arguments, (char*[]){NULL});
        _exit(127);
    }
}

static int init(char* program, char* file, int count) {
    char* arguments[] = {program, "serve", file, NULL};
    struct sigaction action = {.sa_handler = tell_all};
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < count; ++i) start(arguments);
    while (1) {
        int status;
        if (waitpid(-1, &status, 0) > 0) {
            if (!stopping) start(arguments);
        } else if (errno == ECHILD) {
            return 0;
        }
    }
}

static void end(int number) {
    (void)number;
    _exit(0);
}

static void write_lines(long bytes) {
    for (long done = 0, line = 0; done < bytes;) {
        char text[128];
        int size = snprintf(text, sizeof text, "%08ld a line of a hundred bytes, as a service "
                            "that is asked for something might write one each time\n", line++);
        if (write(1, text, (size_t)size) != size) exit(1);
        done += size;
    }
}

static int serve(const char* file, long bytes) {
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    int fd = open(file, O_RDWR);
    uint64_t* shared = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || shared == MAP_FAILED) return 1;
    write_lines(bytes);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    shared[1] = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    __atomic_add_fetch(shared, 1, __ATOMIC_SEQ_CST);
    while (1) pause();
}

int main(int count, char** arguments) {
    if (count == 5 && !strcmp(arguments[1], "init"))
        return init(arguments[2], arguments[3], atoi(arguments[4]));
    if (count >= 3) return serve(arguments[2], count > 3 ? atol(arguments[3]) : 0);
    return 2;
}
