#include "tests/support/cloudsim.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/buffer.h"
#include "daemon/base/cleanup.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"

enum { ARGUMENTS_MAX = 32, TEXT_MAX = 512, ANSWER_MAX_BYTES = 64 * 1024 * 1024 };

struct cloudsim {
        pid_t pid;
        FILE *out;
        unsigned port, http_port;
        char directory[128], ca_file[160], address[32], http_url[64];
};

static void find_program(char path[static TEXT_MAX])
{
        const char *named = getenv("CLOUDSIM");
        char self[TEXT_MAX / 2];
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

        self[n > 0 ? n : 0] = '\0';
        if (strrchr(self, '/'))
                *strrchr(self, '/') = '\0';
        if (named)
                (void)snprintf(path, TEXT_MAX, "%s", named);
        else
                (void)snprintf(path, TEXT_MAX, "%s/../cloudsim", self);
}

/* Its standard output or error comes back through fd; it dies with the test. */
static pid_t spawn(const char *const *arguments, int catch, int *ret_fd)
{
        int fds[2];
        pid_t pid;

        if (pipe(fds) < 0)
                return -errno;
        pid = fork();
        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)dup2(fds[1], catch);
                (void)close(fds[0]);
                (void)close(fds[1]);
                (void)execv(arguments[0], (char *const *)arguments);
                _exit(127);
        }
        (void)close(fds[1]);
        *ret_fd = fds[0];
        return pid;
}

static size_t append(const char **list, size_t n, const char *const *more)
{
        for (; more && *more && n + 1 < ARGUMENTS_MAX; more++)
                list[n++] = *more;
        list[n] = NULL;
        return n;
}

static int read_port(FILE *f, const char *prefix, unsigned *ret)
{
        char line[TEXT_MAX];
        uint64_t port;

        if (!fgets(line, sizeof(line), f) || strncmp(line, prefix, strlen(prefix)) != 0)
                return -EIO;
        line[strcspn(line, "\n")] = '\0';
        if (number_parse_u64(line + strlen(prefix), &port) < 0)
                return -EIO;
        *ret = (unsigned)port;
        return 0;
}

struct cloudsim *cloudsim_start(const char *world, const char *const *more)
{
        struct cloudsim *c = calloc(1, sizeof(*c));
        const char *arguments[ARGUMENTS_MAX];
        char program[TEXT_MAX];
        int fd = -1;

        if (!c)
                return NULL;
        (void)snprintf(c->directory, sizeof(c->directory), "/tmp/cloudsim-XXXXXX");
        if (!mkdtemp(c->directory)) {
                free(c);
                return NULL;
        }
        (void)snprintf(c->ca_file, sizeof(c->ca_file), "%s/ca.pem", c->directory);
        find_program(program);
        append(arguments, 0,
               (const char *const[]){ program, "--world", world, "--tls-dir", c->directory,
                                      "--http-listen", "127.0.0.1:0", NULL });
        append(arguments, 7, more);
        c->pid = spawn(arguments, STDOUT_FILENO, &fd);
        c->out = c->pid > 0 ? fdopen(fd, "r") : NULL;
        if (!c->out || read_port(c->out, "listening on 127.0.0.1:", &c->port) < 0 ||
            read_port(c->out, "plain http on 127.0.0.1:", &c->http_port) < 0) {
                (void)fprintf(stderr, "%s did not start\n", program);
                (void)cloudsim_stop(c);
                return NULL;
        }
        (void)snprintf(c->address, sizeof(c->address), "127.0.0.1:%u", c->port);
        (void)snprintf(c->http_url, sizeof(c->http_url), "http://127.0.0.1:%u", c->http_port);
        return c;
}

int cloudsim_stop(struct cloudsim *c)
{
        int status = 0;

        if (!c)
                return 0;
        if (c->pid > 0) {
                (void)kill(c->pid, SIGTERM);
                (void)waitpid(c->pid, &status, 0);
        }
        if (c->out)
                (void)fclose(c->out);
        (void)unlink(c->ca_file);
        (void)rmdir(c->directory);
        free(c);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int cloudsim_refused(const char *world, const char *const *more, char *message, size_t max)
{
        const char *arguments[ARGUMENTS_MAX];
        char program[TEXT_MAX];
        int fd = -1, status = 0;
        ssize_t n = 0, got;
        pid_t pid;

        find_program(program);
        append(arguments, 0, (const char *const[]){ program, "--no-tls", "--world", world, NULL });
        append(arguments, 4, more);
        pid = spawn(arguments, STDERR_FILENO, &fd);
        if (pid < 0)
                return pid;
        while ((size_t)n + 1 < max && (got = read(fd, message + n, max - 1 - (size_t)n)) > 0)
                n += got;
        message[n] = '\0';
        (void)close(fd);
        (void)waitpid(pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

unsigned cloudsim_port(const struct cloudsim *c)
{
        return c->port;
}

unsigned cloudsim_http_port(const struct cloudsim *c)
{
        return c->http_port;
}

const char *cloudsim_address(const struct cloudsim *c)
{
        return c->address;
}

const char *cloudsim_http_url(const struct cloudsim *c)
{
        return c->http_url;
}

const char *cloudsim_ca_file(const struct cloudsim *c)
{
        return c->ca_file;
}

const char *cloudsim_directory(const struct cloudsim *c)
{
        return c->directory;
}

static size_t on_data(char *data, size_t one, size_t n, void *userdata)
{
        buffer_append(userdata, data, one * n);
        return one * n;
}

/* A call of the control endpoint; 0 and the body, or a negative errno. */
static int control(struct cloudsim *c, const char *method, const char *name, const char *body,
                   struct buffer *answer)
{
        CURL *curl = curl_easy_init();
        char url[TEXT_MAX];
        long status = 0;
        CURLcode code;

        if (!curl)
                return -ENOMEM;
        (void)snprintf(url, sizeof(url), "%s/_cloudsim/%s", c->http_url, name);
        (void)curl_easy_setopt(curl, CURLOPT_URL, url);
        (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
        if (body)
                (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
        code = curl_easy_perform(curl);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_cleanup(curl);
        if (code != CURLE_OK)
                return -EIO;
        if (status >= 400) {
                (void)fprintf(stderr, "cloudsim: %s\n", buffer_text(answer));
                return -EINVAL;
        }
        return 0;
}

static int command(struct cloudsim *c, const char *method, const char *name, const char *body)
{
        struct buffer answer = BUFFER_INIT(ANSWER_MAX_BYTES);
        int r = control(c, method, name, body, &answer);

        buffer_done(&answer);
        return r;
}

static json_t *ask(struct cloudsim *c, const char *name)
{
        struct buffer answer = BUFFER_INIT(ANSWER_MAX_BYTES);
        json_t *value = NULL;

        if (control(c, "GET", name, NULL, &answer) == 0)
                (void)json_parse(buffer_text(&answer), answer.size_bytes, &value, NULL);
        buffer_done(&answer);
        return value;
}

int cloudsim_add_faults(struct cloudsim *c, const char *json)
{
        return command(c, "POST", "faults", json);
}

int cloudsim_clear_faults(struct cloudsim *c)
{
        return command(c, "DELETE", "faults", NULL);
}

int cloudsim_reset(struct cloudsim *c)
{
        return command(c, "POST", "reset", "");
}

int cloudsim_reload(struct cloudsim *c)
{
        return command(c, "POST", "world", "");
}

json_t *cloudsim_counters(struct cloudsim *c)
{
        return ask(c, "counters");
}

json_t *cloudsim_log(struct cloudsim *c)
{
        return ask(c, "log");
}

static int is(const json_t *row, const char *key, const char *wanted)
{
        const char *value = json_member_string(row, key);

        return !wanted || (value && strcmp(value, wanted) == 0);
}

uint64_t cloudsim_calls(struct cloudsim *c, const char *service, const char *operation,
                        unsigned status)
{
        json_auto_t *counters = cloudsim_counters(c);
        char text[16];
        uint64_t n = 0;
        size_t i;
        json_t *row;

        (void)snprintf(text, sizeof(text), "%u", status);
        json_array_foreach(json_object_get(counters, "calls"), i, row)
        {
                if (is(row, "service", service) && is(row, "operation", operation) &&
                    is(row, "status", status ? text : NULL))
                        n += (uint64_t)json_integer_value(json_object_get(row, "calls"));
        }
        return n;
}

uint64_t cloudsim_pages(struct cloudsim *c, const char *service, const char *operation)
{
        json_auto_t *counters = cloudsim_counters(c);
        uint64_t highest = 0;
        size_t i;
        json_t *row;

        json_array_foreach(json_object_get(counters, "calls"), i, row)
        {
                uint64_t page = (uint64_t)json_integer_value(json_object_get(row, "page"));

                if (is(row, "service", service) && is(row, "operation", operation) &&
                    is(row, "status", "200") && page > highest)
                        highest = page;
        }
        return highest;
}

uint64_t cloudsim_counter(struct cloudsim *c, const char *name)
{
        json_auto_t *counters = cloudsim_counters(c);

        return (uint64_t)json_integer_value(json_object_get(counters, name));
}
