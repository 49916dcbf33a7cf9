// For pipe2.
#define _GNU_SOURCE

#include "CShims.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

// The other screen, pasted text marked, the cursor hidden; and back. The end of a synchronized update
// comes first, for a screen may have been half written.
static const char enter_text[] = "\x1b[?1049h\x1b[?2004h\x1b[?25l";
static const char leave_text[] = "\x1b[?2026l\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1049l";

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};
enum { WATCHED = sizeof watched / sizeof *watched, FATAL = sizeof fatal / sizeof *fatal };

static struct {
    int input;
    int output;
    int pipe[2];
    struct termios before;
    struct termios drawing;
    struct sigaction watched_before[WATCHED];
    struct sigaction fatal_before[FATAL];
} terminal;

// Whether the terminal is one that is drawn on, and has to be put back.
static volatile sig_atomic_t is_drawing;

// Writes all of it, or as much as the terminal takes; safe in a handler.
static void put(const char *text, size_t count) {
    while (count > 0) {
        ssize_t written = write(terminal.output, text, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text += written;
        count -= (size_t)written;
    }
}

static void draw(void) {
    tcsetattr(terminal.input, TCSADRAIN, &terminal.drawing);
    put(enter_text, sizeof enter_text - 1);
    is_drawing = 1;
}

// Safe in a handler: tcsetattr and write are.
static void restore(void) {
    if (!is_drawing) return;
    is_drawing = 0;
    put(leave_text, sizeof leave_text - 1);
    tcsetattr(terminal.input, TCSAFLUSH, &terminal.before);
}

static void tell(int number) {
    int kept = errno;
    unsigned char byte = (unsigned char)number;
    // A pipe that is full has been told of enough.
    ssize_t written = write(terminal.pipe[1], &byte, 1);
    (void)written;
    errno = kept;
}

static void die(int number) {
    restore();
    signal(number, SIG_DFL);
    raise(number);
}

static void handle(int number, void (*handler)(int), struct sigaction *before) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, before);
}

int sj_terminal_enter(int input, int output, int *signals) {
    if (tcgetattr(input, &terminal.before) != 0) return errno;
    if (pipe2(terminal.pipe, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
    terminal.input = input;
    terminal.output = output;
    terminal.drawing = terminal.before;
    cfmakeraw(&terminal.drawing);
    terminal.drawing.c_cc[VMIN] = 1;
    terminal.drawing.c_cc[VTIME] = 0;
    for (int i = 0; i < FATAL; i++) handle(fatal[i], die, &terminal.fatal_before[i]);
    for (int i = 0; i < WATCHED; i++) handle(watched[i], tell, &terminal.watched_before[i]);
    draw();
    *signals = terminal.pipe[0];
    return 0;
}

void sj_terminal_leave(void) {
    if (terminal.pipe[1] == 0) return;
    restore();
    for (int i = 0; i < WATCHED; i++) sigaction(watched[i], &terminal.watched_before[i], NULL);
    for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &terminal.fatal_before[i], NULL);
    // The end that is read from is closed by whoever reads: it may be at it.
    close(terminal.pipe[1]);
    terminal.pipe[1] = 0;
}

// Sends a signal to the calling thread and has it arrive: threads of a pool may have it blocked.
static void raise_here(int number) {
    sigset_t wanted, before;
    sigemptyset(&wanted);
    sigaddset(&wanted, number);
    pthread_sigmask(SIG_UNBLOCK, &wanted, &before);
    raise(number);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void sj_terminal_suspend(void) {
    restore();
    struct sigaction before;
    handle(SIGTSTP, SIG_DFL, &before);
    raise_here(SIGTSTP);
    sigaction(SIGTSTP, &before, NULL);
    draw();
}

void sj_terminal_yield(int number) {
    sj_terminal_leave();
    struct sigaction now;
    sigaction(number, NULL, &now);
    // Ignored is ignored; any other handler would go on with a process that is over.
    if (now.sa_handler != SIG_IGN) signal(number, SIG_DFL);
    raise_here(number);
}

void sj_terminal_resume(void) {
    draw();
}
