#include "daemon/engine/command.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

enum { COMMAND_OUTPUT_BYTES_MAX = 256 * 1024 };

extern char **environ;

struct command {
        pid_t pid;
        int output;
        sd_event_source *io, *child, *timer;
        struct message_reply reply;
        uint64_t started_usec;
        bool output_ended, exited;
        http_reply_fn on_reply;
        void *user;
};

static void command_free(struct command *c)
{
        sd_event_source_disable_unref(c->io);
        sd_event_source_disable_unref(c->child);
        sd_event_source_disable_unref(c->timer);
        if (c->output >= 0)
                (void)close(c->output);
        message_reply_done(&c->reply);
        free(c);
}

void command_cancel(struct command *c)
{
        if (!c)
                return;
        if (!c->exited) {
                (void)kill(c->pid, SIGKILL);
                (void)waitpid(c->pid, NULL, 0);
        }
        command_free(c);
}

static void command_finish(struct command *c)
{
        http_reply_fn on_reply = c->on_reply;
        void *user = c->user;
        struct message_reply reply = c->reply;

        c->reply = (struct message_reply){ 0 };
        reply.received_usec = clock_realtime_usec();
        reply.elapsed_usec = clock_boottime_usec() - c->started_usec;
        command_free(c);
        on_reply(user, &reply);
        message_reply_done(&reply);
}

static int command_on_output(sd_event_source *source, int fd, uint32_t revents, void *user)
{
        struct command *c = user;
        char chunk[4096];
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n > 0)
                buffer_append(&c->reply.body, chunk, (size_t)n);
        explicit_bzero(chunk, sizeof(chunk));
        if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
                return 0;
        (void)sd_event_source_set_enabled(c->io, SD_EVENT_OFF);
        c->output_ended = true;
        if (c->exited)
                command_finish(c);
        return 0;
}

static void command_set_failure(struct command *c, const char *text)
{
        c->reply.transport = TRANSPORT_COMMAND;
        (void)snprintf(c->reply.transport_text, sizeof(c->reply.transport_text), "%s", text);
}

static int command_on_exit(sd_event_source *source, const siginfo_t *si, void *user)
{
        struct command *c = user;

        c->exited = true;
        c->reply.status = si->si_code == CLD_EXITED ? si->si_status : 128 + si->si_status;
        if (c->reply.status != 0 && c->reply.transport == TRANSPORT_OK) {
                char text[64];

                (void)snprintf(text, sizeof(text), "the command ended with status %d",
                               c->reply.status);
                command_set_failure(c, text);
        }
        if (c->output_ended)
                command_finish(c);
        return 0;
}

static int command_on_timeout(sd_event_source *source, uint64_t usec, void *user)
{
        struct command *c = user;

        command_set_failure(c, "the command did not end in time");
        (void)kill(c->pid, SIGKILL);
        return 0;
}

static int command_spawn(struct command *c, char *const argv[], struct error *err)
{
        posix_spawn_file_actions_t actions;
        int pipe_fds[2], r;

        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return error_set(err, -errno, "cannot make a pipe: %s", strerror(errno));
        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        (void)posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1);
        /* a tool's complaint may hold what it was given */
        (void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        r = posix_spawnp(&c->pid, argv[0], &actions, NULL, argv, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)close(pipe_fds[1]);
        c->output = pipe_fds[0];
        return r == 0 ? 0 : error_set(err, -r, "cannot run %s: %s", argv[0], strerror(r));
}

int command_run(sd_event *event, char *const argv[], uint64_t timeout_usec, http_reply_fn on_reply,
                void *user, struct command **ret, struct error *err)
{
        struct command *c = calloc(1, sizeof(*c));
        sigset_t child;
        int r;

        if (!c)
                return error_oom(err);
        *c = (struct command){ .output = -1, .exited = true, .on_reply = on_reply, .user = user };
        c->reply.body = BUFFER_INIT(COMMAND_OUTPUT_BYTES_MAX);
        c->reply.headers = strdup("");
        c->started_usec = clock_boottime_usec();
        /* sd-event watches children only when the signal is blocked */
        (void)sigemptyset(&child);
        (void)sigaddset(&child, SIGCHLD);
        (void)sigprocmask(SIG_BLOCK, &child, NULL);
        r = command_spawn(c, argv, err);
        if (r < 0) {
                command_free(c);
                return r;
        }
        c->exited = false;
        r = sd_event_add_io(event, &c->io, c->output, EPOLLIN, command_on_output, c);
        if (r >= 0)
                r = sd_event_add_child(event, &c->child, c->pid, WEXITED, command_on_exit, c);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &c->timer, CLOCK_MONOTONIC, timeout_usec, 0,
                                               command_on_timeout, c);
        if (r < 0) {
                command_cancel(c);
                return error_set(err, r, "cannot watch the command: %s", strerror(-r));
        }
        (void)sd_event_source_set_description(c->io, "command-output");
        (void)sd_event_source_set_description(c->child, "command-exit");
        (void)sd_event_source_set_description(c->timer, "command-timeout");
        *ret = c;
        return 0;
}
