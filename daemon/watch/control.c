#include "daemon/watch/control.h"

#include "daemon/base/json.h"
#include "daemon/watch/address.h"
#include "daemon/watch/listener.h"
#include "daemon/watch/paths.h"

#include <errno.h>
#include <string.h>

struct control {
        struct listener *own, *passed; /* the second by systemd; NULL */
        struct control_calls calls;
        void *user;
        struct waiter *waiters; /* oldest first */
        char *path;
};

struct waiter {
        struct waiter *next;
        struct exchange *exchange;
        char *account; /* NULL: all */
        bool begun;
};

#define JSON_TYPE "application/json"

/* ---- answers -----------------------------------------------------------------------------------
 */

static void reply_json(struct exchange *x, unsigned status, const json_t *value)
{
        _cleanup_(freep) char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;

        exchange_reply(x, text ? status : LISTENER_FAILED, JSON_TYPE,
                       text ? text : "{\"error\": \"out of memory\"}");
}

static void reply_error(struct exchange *x, unsigned status, const char *text)
{
        json_auto_t *value = json_pack("{s:s}", "error", text);

        reply_json(x, status, value);
}

/* ---- waiting -----------------------------------------------------------------------------------
 */

static bool same_account(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

static int waiter_add(struct control *c, struct exchange *x, const char *account)
{
        struct waiter *w = calloc(1, sizeof(*w)), **last = &c->waiters;

        if (!w)
                return -ENOMEM;
        w->exchange = x;
        w->account = account ? strdup(account) : NULL;
        if (account && !w->account) {
                free(w);
                return -ENOMEM;
        }
        while (*last)
                last = &(*last)->next;
        *last = w;
        return 0;
}

bool control_next(const struct control *c, const char **ret_account)
{
        for (const struct waiter *w = c->waiters; w; w = w->next)
                if (!w->begun) {
                        *ret_account = w->account;
                        return true;
                }
        return false;
}

void control_begin(struct control *c, const char *account)
{
        for (struct waiter *w = c->waiters; w; w = w->next)
                w->begun = w->begun || same_account(w->account, account);
}

void control_end(struct control *c, const json_t *result)
{
        struct waiter **at = &c->waiters;

        while (*at) {
                struct waiter *w = *at;

                if (!w->begun) {
                        at = &w->next;
                        continue;
                }
                *at = w->next;
                reply_json(w->exchange, LISTENER_OK, result);
                free(w->account);
                free(w);
        }
}

/* ---- requests ----------------------------------------------------------------------------------
 */

static void on_status(struct control *c, struct exchange *x)
{
        json_auto_t *status = c->calls.status(c->user);

        reply_json(x, LISTENER_OK, status);
}

static void on_scan(struct control *c, struct exchange *x)
{
        const char *account = exchange_argument(x, "account");
        char text[160];

        if (account && !c->calls.has_account(c->user, account)) {
                (void)snprintf(text, sizeof(text),
                               "no account '%.64s' in the configuration of the daemon", account);
                reply_error(x, LISTENER_NOT_FOUND, text);
                return;
        }
        if (waiter_add(c, x, account) < 0) {
                reply_error(x, LISTENER_FAILED, "out of memory");
                return;
        }
        c->calls.on_asked(c->user);
}

static void on_request(void *user, struct exchange *x)
{
        static const struct {
                const char *method, *path;
                void (*handler)(struct control *c, struct exchange *x);
        } routes[] = {
                { "GET", "/status", on_status },
                { "POST", "/scan", on_scan },
        };
        bool known = false;

        for (size_t i = 0; i < ELEMENTSOF(routes); i++) {
                if (strcmp(exchange_path(x), routes[i].path) != 0)
                        continue;
                if (strcmp(exchange_method(x), routes[i].method) == 0) {
                        routes[i].handler(user, x);
                        return;
                }
                known = true;
        }
        reply_error(x, known ? LISTENER_NOT_ALLOWED : LISTENER_NOT_FOUND,
                    known ? "not with this method" : "there is GET /status and POST /scan");
}

/* ---- life --------------------------------------------------------------------------------------
 */

static int listen_at(struct control *c, sd_event *event, const char *state_dir, struct error *err)
{
        _cleanup_(freep) char *text = NULL;
        struct address address;
        int fd = -1, r;

        r = paths_control_own(&c->path, state_dir, err);
        if (r < 0)
                return r;
        if (asprintf(&text, "unix:%s", c->path) < 0) {
                text = NULL;
                return error_oom(err);
        }
        r = address_parse(text, &address, err);
        if (r >= 0)
                r = address_listen(&address, &fd, err);
        return r < 0 ? r : listener_new(&c->own, event, fd, on_request, c, err);
}

int control_new(struct control **ret, sd_event *event, const char *state_dir,
                const struct control_calls *calls, void *user, struct error *err)
{
        _cleanup_(control_freep) struct control *c = calloc(1, sizeof(*c));
        int r, fd;

        if (!c)
                return error_oom(err);
        c->calls = *calls;
        c->user = user;
        r = listen_at(c, event, state_dir, err);
        fd = address_activated("control");
        if (r >= 0 && fd >= 0)
                r = listener_new(&c->passed, event, fd, on_request, c, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

struct control *control_free(struct control *c)
{
        if (!c)
                return NULL;
        if (c->own && c->path)
                (void)unlink(c->path);
        while (c->waiters) {
                struct waiter *w = c->waiters;

                c->waiters = w->next;
                free(w->account);
                free(w);
        }
        c->own = listener_free(c->own);
        c->passed = listener_free(c->passed);
        free(c->path);
        free(c);
        return NULL;
}
