/* cloudsim: cloud providers on loopback, for tests and benchmarks. See README.md. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "tests/cloudsim/server.h"
#include "tests/cloudsim/world.h"

enum { KEY_TLS_DIR = 256, KEY_NO_TLS, KEY_SET, KEY_HTTP_LISTEN, KEY_HTTP_PORT_FILE };

struct arguments {
        const char *world, *listen, *port_file, *tls_dir, *http_listen, *http_port_file;
        bool no_tls;
        json_t *overrides;
};

static const struct argp_option options[] = {
        { "world", 'w', "PATH", 0, "what exists: a YAML file, or a directory with world.yaml", 0 },
        { "listen", 'l', "ADDRESS:PORT", 0, "loopback address (default 127.0.0.1:0)", 0 },
        { "port-file", 'p', "FILE", 0, "write the port here once ready", 0 },
        { "tls-dir", KEY_TLS_DIR, "DIR", 0, "leave ca.pem here (default .)", 0 },
        { "no-tls", KEY_NO_TLS, NULL, 0, "plain HTTP", 0 },
        { "http-listen", KEY_HTTP_LISTEN, "ADDRESS:PORT", 0, "plain HTTP beside TLS", 0 },
        { "http-port-file", KEY_HTTP_PORT_FILE, "FILE", 0, "write the plain port here", 0 },
        { "set", KEY_SET, "KEY=VALUE", 0, "set a value of the world, as settings.latency_ms=20",
          0 },
        { 0 },
};

static int add_override(struct arguments *a, const char *text)
{
        const char *equal = strchr(text, '=');
        char key[128];
        json_t *value;

        if (!equal || (size_t)(equal - text) >= sizeof(key))
                return -EINVAL;
        (void)snprintf(key, sizeof(key), "%.*s", (int)(equal - text), text);
        value = json_loads(equal + 1, JSON_DECODE_ANY, NULL);
        return json_object_set_new(a->overrides, key, value ? value : json_string(equal + 1));
}

static error_t parse(int key, char *text, struct argp_state *state)
{
        struct arguments *a = state->input;

        switch (key) {
        case 'w':
                a->world = text;
                return 0;
        case 'l':
                a->listen = text;
                return 0;
        case 'p':
                a->port_file = text;
                return 0;
        case KEY_TLS_DIR:
                a->tls_dir = text;
                return 0;
        case KEY_NO_TLS:
                a->no_tls = true;
                return 0;
        case KEY_HTTP_LISTEN:
                a->http_listen = text;
                return 0;
        case KEY_HTTP_PORT_FILE:
                a->http_port_file = text;
                return 0;
        case KEY_SET:
                if (add_override(a, text) < 0)
                        argp_error(state, "%s: not KEY=VALUE", text);
                return 0;
        case ARGP_KEY_END:
                if (!a->world)
                        argp_error(state, "--world is missing");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

/* Written beside and renamed, so that a reader never sees half a number. */
static int write_port(const char *path, unsigned port, struct error *err)
{
        _cleanup_(freep) char *beside = NULL;
        FILE *f;

        if (!path)
                return 0;
        if (asprintf(&beside, "%s.new", path) < 0) {
                beside = NULL;
                return error_oom(err);
        }
        f = fopen(beside, "we");
        if (!f || fprintf(f, "%u\n", port) < 0 || fclose(f) != 0 || rename(beside, path) < 0)
                return error_set(err, -errno, "%s: %s", path, strerror(errno));
        return 0;
}

static int start(struct server *s, const struct arguments *a, struct error *err)
{
        unsigned port = 0, http_port = 0;
        int r = 0;

        if (!a->no_tls) {
                (void)mkdir(a->tls_dir, 0755);
                r = tls_new(&s->tls, a->tls_dir, err);
        }
        if (r == 0)
                r = server_listen(s, a->listen, !a->no_tls, &port, err);
        if (r == 0 && a->http_listen)
                r = server_listen(s, a->http_listen, false, &http_port, err);
        if (r == 0 && a->http_listen)
                r = write_port(a->http_port_file, http_port, err);
        if (r == 0)
                r = write_port(a->port_file, port, err);
        if (r < 0)
                return r;
        (void)printf("listening on 127.0.0.1:%u\n", port);
        if (a->http_listen)
                (void)printf("plain http on 127.0.0.1:%u\n", http_port);
        (void)fflush(stdout);
        return 0;
}

static int run(const struct arguments *a, struct error *err)
{
        _cleanup_(closep) int stop = -1;
        struct sim sim = { .overrides = json_incref(a->overrides) };
        struct server server = { .sim = &sim };
        sigset_t signals;
        int r;

        (void)sigemptyset(&signals);
        (void)sigaddset(&signals, SIGTERM);
        (void)sigaddset(&signals, SIGINT);
        (void)sigprocmask(SIG_BLOCK, &signals, NULL);
        (void)signal(SIGPIPE, SIG_IGN);
        stop = signalfd(-1, &signals, SFD_CLOEXEC);
        r = sim_init(&sim, a->world, err);
        if (r == 0)
                r = start(&server, a, err);
        if (r == 0)
                r = server_run(&server, stop, err);
        server_done(&server);
        tls_free(server.tls);
        sim_done(&sim);
        return r;
}

int main(int argc, char **argv)
{
        static const struct argp argp = {
                .options = options,
                .parser = parse,
                .doc = "Plays cloud providers on loopback for tests and benchmarks.",
        };
        struct arguments a = { .listen = "127.0.0.1:0",
                               .tls_dir = ".",
                               .overrides = json_object() };
        struct error err = { 0 };
        int r;

        argp_err_exit_status = 2;
        (void)argp_parse(&argp, argc, argv, 0, NULL, &a);
        r = run(&a, &err);
        json_decref(a.overrides);
        if (r == 0)
                return 0;
        (void)fprintf(stderr, "cloudsim: %s\n", err.text);
        return r == -EINVAL || r == -ENOENT ? 2 : 1;
}
