#include "daemon/watch/serve.h"

#include "daemon/base/log.h"
#include "daemon/report/language.h"
#include "daemon/store/store.h"
#include "daemon/watch/address.h"
#include "daemon/watch/documents.h"
#include "daemon/watch/listener.h"
#include "daemon/watch/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define DEFAULT_ADDRESS "127.0.0.1:9478"
#define RETRY_SECONDS "30" /* a store that cannot be read may be in half a minute */

struct serve {
        const struct serve_options *options;
        sd_event *event;
        struct documents *documents;
        struct listener *own, *passed; /* the second by systemd; NULL */
        char *path;                    /* of the own one, when it is a unix socket */
        enum language otherwise;
};

/* ---- requests ----------------------------------------------------------------------------------
 */

static void refuse_unknown(struct exchange *x)
{
        char paths[512] = "";
        const char *path;

        for (size_t i = 0; (path = document_path(i)); i++) {
                size_t n = strlen(paths);

                (void)snprintf(paths + n, sizeof(paths) - n, "%s%s", i > 0 ? " " : "", path);
        }
        document_refuse(x, LISTENER_NOT_FOUND, NULL, NULL, _("Not here. There is: %s"), paths);
}

static void refuse_store(struct exchange *x, int code, const struct error *err)
{
        const char *what = code == -ENOENT || code == -ENODATA
                                   ? _("There is nothing to show yet: no scan has ended.")
                                   : _("What is known cannot be read now.");

        document_refuse(x, LISTENER_UNAVAILABLE, NULL, RETRY_SECONDS, "%s\n%s", what, err->text);
}

static void answer(struct serve *s, struct exchange *x, const struct document *d,
                   enum language language)
{
        _cleanup_(freep) char *scan_id = NULL;
        struct error err = { 0 };
        int r = store_peek(&scan_id, s->options->state_dir, &err);

        if (r < 0)
                refuse_store(x, r, &err);
        else
                documents_answer(s->documents, x, d, language, scan_id);
}

static void on_request(void *user, struct exchange *x)
{
        struct serve *s = user;
        enum language language =
                s->options->has_language
                        ? s->options->language
                        : web_language(exchange_header(x, "Accept-Language"), s->otherwise);
        const struct document *d = document_find(exchange_path(x), exchange_argument(x, "by"));

        language_use(language);
        if (!web_host_is_ours(exchange_header(x, "Host"), s->options->hosts))
                document_refuse(x, LISTENER_FORBIDDEN, NULL, NULL,
                                _("Not under this name. If a proxy asks under its own name, name "
                                  "it with vigie serve --host."));
        else if (strcmp(exchange_method(x), "GET") != 0 && strcmp(exchange_method(x), "HEAD") != 0)
                document_refuse(x, LISTENER_NOT_ALLOWED, "GET, HEAD", NULL,
                                _("This is only to be read."));
        else if (!d)
                refuse_unknown(x);
        else
                answer(s, x, d, language);
}

/* ---- sockets -----------------------------------------------------------------------------------
 */

/* The port that was taken, when any would do. */
static void tell_address(const struct address *a, int fd)
{
        union {
                struct sockaddr any;
                struct sockaddr_in four;
                struct sockaddr_in6 six;
        } at = { 0 };
        socklen_t size = sizeof(at);

        if (a->socket.any.sa_family == AF_UNIX) {
                log_info(_("the report is at unix:%s"), a->socket.un.sun_path);
                return;
        }
        if (getsockname(fd, &at.any, &size) < 0)
                return;
        if (at.any.sa_family == AF_INET6)
                log_info(_("the report is at http://[::1]:%u/"), (unsigned)ntohs(at.six.sin6_port));
        else
                log_info(_("the report is at http://127.0.0.1:%u/"),
                         (unsigned)ntohs(at.four.sin_port));
}

static int listen_at(struct serve *s, const char *text, struct error *err)
{
        struct address address;
        int fd = -1, r = address_parse(text, &address, err);

        if (r >= 0)
                r = address_listen(&address, &fd, err);
        if (r < 0)
                return error_wrap(err, r, "--listen %s", text);
        if (address.socket.any.sa_family == AF_UNIX) {
                s->path = strdup(address.socket.un.sun_path);
                if (!s->path) {
                        (void)close(fd);
                        return error_oom(err);
                }
        }
        tell_address(&address, fd);
        return listener_new(&s->own, s->event, fd, on_request, s, err);
}

static int open_sockets(struct serve *s, struct error *err)
{
        const char *text = s->options->listen;
        int fd = address_activated("report"), r = 0;

        if (fd >= 0)
                r = listener_new(&s->passed, s->event, fd, on_request, s, err);
        else if (!text)
                text = DEFAULT_ADDRESS;
        return r < 0 || !text ? r : listen_at(s, text, err);
}

/* ---- life --------------------------------------------------------------------------------------
 */

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
        struct serve *s = user;

        (void)sd_notifyf(0, "STOPPING=1\nSTATUS=%s", _("Ending"));
        (void)sd_event_exit(s->event, 0);
        return 0;
}

static int add_signals(struct serve *s)
{
        static const int stops[] = { SIGTERM, SIGINT };
        sigset_t mask;
        int r = 0;

        (void)signal(SIGXFSZ, SIG_IGN);
        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGCHLD); /* for the processes that make documents */
        for (size_t i = 0; i < ELEMENTSOF(stops); i++)
                (void)sigaddset(&mask, stops[i]);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(stops) && r >= 0; i++)
                r = sd_event_add_signal(s->event, NULL, stops[i], on_stop, s);
        return r;
}

static int prepare(struct serve *s, struct error *err)
{
        int r = sd_event_new(&s->event);

        if (r >= 0)
                r = add_signals(s);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        r = documents_new(&s->documents, s->event, s->options->state_dir, s->options->config, err);
        return r < 0 ? r : open_sockets(s, err);
}

static void done(struct serve *s)
{
        /* who waits is answered before the connections go */
        s->documents = documents_free(s->documents);
        s->own = listener_free(s->own);
        s->passed = listener_free(s->passed);
        if (s->path)
                (void)unlink(s->path);
        free(s->path);
        sd_event_unref(s->event);
}

int serve_run(const struct serve_options *options, struct error *err)
{
        struct serve s = { .options = options, .otherwise = language_current() };
        int r = prepare(&s, err);

        if (r >= 0) {
                (void)sd_notify(0, "READY=1");
                r = sd_event_loop(s.event);
                if (r < 0)
                        r = error_set(err, r, "event loop: %s", strerror(-r));
        }
        done(&s);
        return r;
}
