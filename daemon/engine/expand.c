#include "daemon/engine/expand.h"

#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/engine/link.h"
#include "daemon/engine/template.h"

#include <errno.h>
#include <string.h>

static const struct paging no_paging = { .style = PAGING_NONE };

/* A detail call asks for no pages of its own; a token in its reply says that there is more of it
 * all the same. */
const struct paging *call_paging(const struct call *call)
{
        if (call != &call->collector->list)
                return call->service->paging.style == PAGING_TOKEN ? &call->service->paging
                                                                   : &no_paging;
        return call->collector->paging.place.line > 0 ? &call->collector->paging
                                                      : &call->service->paging;
}

void expanded_done(struct expanded *e)
{
        free(e->region);
        free(e->host);
        free(e->path);
        json_decref(e->query);
        json_decref(e->body);
        json_decref(e->headers);
        *e = (struct expanded){ 0 };
}

static int expand_texts(const struct job *j, struct frame *frame, struct expanded *e,
                        struct error *err)
{
        const struct call *call = j->call;
        const char *host = call->host ? call->host : call->service->host;
        struct template_values values = { .value = frame_value, .user = frame };
        int r = 0;

        if (call->region) {
                r = template_expand(call->region, TEMPLATE_PLAIN, &values, &e->region, err);
                frame->region = e->region;
        }
        if (r == 0)
                r = template_expand(host, TEMPLATE_PLAIN, &values, &e->host, err);
        if (r == 0)
                r = template_expand(call->path ? call->path : "/", TEMPLATE_PATH, &values, &e->path,
                                    err);
        if (r == 0 && call->query)
                r = template_expand_tree(call->query, &values, &e->query, err);
        if (r == 0 && call->body)
                r = template_expand_tree(call->body, &values, &e->body, err);
        if (r == 0 && call->headers)
                r = template_expand_tree(call->headers, &values, &e->headers, err);
        return r;
}

static bool is_detail(const struct call *call)
{
        return call != &call->collector->list;
}

/* Where paging's own parameters go. */
static json_t **paging_object(const struct paging *p, struct expanded *e)
{
        bool body = p->in == PAGING_IN_BODY || (p->in == PAGING_IN_DEFAULT && e->body);
        json_t **object = p->style == PAGING_HEADER ? &e->headers : body ? &e->body : &e->query;

        if (!*object)
                *object = json_object();
        return object;
}

static int set_parameter(json_t **object, bool text, const char *name, json_t *value);

static int set_below(json_t *object, const char *name, const char *dot, json_t *value)
{
        _cleanup_(freep) char *first = strndup(name, (size_t)(dot - name));
        json_t *below = first ? json_object_get(object, first) : NULL;

        if (!first)
                return -ENOMEM;
        if (!json_is_object(below) && json_object_set_new(object, first, json_object()) < 0)
                return -ENOMEM;
        below = json_object_get(object, first);
        return set_parameter(&below, false, dot + 1, value);
}

/* In a query every value is a text. */
static int set_parameter(json_t **object, bool text, const char *name, json_t *value)
{
        _cleanup_(freep) char *scalar = text ? json_scalar_text(value) : NULL;
        const char *dot = text ? NULL : strchr(name, '.');

        if (dot) /* a path into the body */
                return set_below(*object, name, dot, value);
        return json_object_set_new(*object, name,
                                   scalar ? json_string(scalar) : json_incref(value));
}

static int insert_paging(const struct job *j, struct expanded *e)
{
        const struct paging *p = call_paging(j->call);
        json_t **object, *value;
        const char *name;
        bool text;
        int r = 0;

        if (p->style == PAGING_NONE || (is_detail(j->call) && !j->next))
                return 0;
        if (p->style == PAGING_LINK && j->next) {
                e->instance.url = json_string_value(j->next);
                return 0;
        }
        object = paging_object(p, e);
        text = *object == e->query || *object == e->headers;
        if (!is_detail(j->call))
                json_object_foreach(p->size, name, value) r |=
                        set_parameter(object, text, name, value);
        if ((p->style == PAGING_PAGE || p->style == PAGING_OFFSET) && p->request) {
                json_auto_t *where = json_integer(
                        p->style == PAGING_OFFSET ? (json_int_t)j->items_seen
                                                  : (json_int_t)j->page + (p->from_zero ? 0 : 1));

                r |= set_parameter(object, text, p->request, where);
        } else if (j->next && p->request) {
                r |= set_parameter(object, text, p->request, j->next);
        }
        return r;
}

int expand_call(const struct job *j, struct expanded *e, struct error *err)
{
        struct frame frame = *j->frame;
        int r;

        *e = (struct expanded){ 0 };
        r = expand_texts(j, &frame, e, err);
        if (r < 0)
                return r;
        if (insert_paging(j, e) < 0)
                return error_oom(err);
        e->instance.call = j->call;
        e->instance.scope = j->site->scope->scope;
        e->instance.region = e->region ? e->region : j->site->region;
        e->instance.host = e->host;
        e->instance.path = e->path;
        e->instance.query = e->query;
        e->instance.body = e->body;
        e->instance.headers = e->headers;
        return 0;
}

/* ---- what comes after a page
 * ------------------------------------------------------------------------ */

static bool is_end(const json_t *token)
{
        return !token || (json_is_string(token) && json_string_length(token) == 0);
}

static int next_token(const struct job *j, json_t *token, json_t **ret_next, struct error *err)
{
        if (is_end(token)) {
                json_decref(token);
                return 0;
        }
        if ((j->next && json_equal(j->next, token)) ||
            (j->before && json_equal(j->before, token))) {
                json_decref(token);
                return error_set(err, -ELOOP,
                                 "the same next-page token came twice: the list has no end");
        }
        *ret_next = token;
        return 1;
}

static bool total_count(const struct job *j, const struct paging *p, uint64_t *ret)
{
        json_auto_t *total = p->total ? json_path(j->body, p->total) : NULL;
        char text[32];

        if (json_is_integer(total) && json_integer_value(total) >= 0) {
                *ret = (uint64_t)json_integer_value(total);
                return true;
        }
        if (json_is_string(total))
                return number_parse_u64(json_string_value(total), ret) == 0;
        return p->total_header &&
               message_reply_header(&j->reply, p->total_header, text, sizeof(text)) &&
               number_parse_u64(text, ret) == 0;
}

static int next_page(const struct job *j, const struct paging *p, struct error *err)
{
        uint64_t total;

        if (!total_count(j, p, &total))
                return j->page_items > 0 ? 1 : 0; /* without a total, an empty page is the end */
        if (j->items_seen >= total)
                return 0;
        if (j->page_items == 0)
                return error_set(err, -EBADMSG, "page %llu is empty, but %llu/%llu items were seen",
                                 (unsigned long long)j->page + 1, (unsigned long long)j->items_seen,
                                 (unsigned long long)total);
        return 1;
}

/* The next page as a header says it. One that was cut must not look like the last page. */
static int next_in_header(const struct job *j, const char *name, bool link, json_t **ret_next,
                          struct error *err)
{
        char header[4096];
        _cleanup_(freep) char *url = NULL;
        json_t *next;

        if (!message_reply_header(&j->reply, name, header, sizeof(header)))
                return 0;
        if (strlen(header) + 1 >= sizeof(header))
                return error_set(err, -EBADMSG, "the header '%s' is too long to be read", name);
        url = link ? link_next(header) : NULL;
        if (link && !url)
                return 0;
        next = json_string(link ? url : header);
        return next ? next_token(j, next, ret_next, err)
                    : error_set(err, -EBADMSG, "the header '%s' is no text", name);
}

int paging_next(const struct job *j, json_t **ret_next, struct error *err)
{
        const struct paging *p = call_paging(j->call);

        *ret_next = NULL;
        if (p->more) {
                json_auto_t *more = json_path(j->body, p->more);

                if (!json_is_true(more))
                        return 0;
        }
        switch ((enum paging_style)p->style) {
        case PAGING_NONE:
                return 0;
        case PAGING_LINK:
                if (!p->response)
                        return next_in_header(j, "link", true, ret_next, err);
                __attribute__((fallthrough));
        case PAGING_TOKEN:
                return next_token(j, p->response ? json_path(j->body, p->response) : NULL, ret_next,
                                  err);
        case PAGING_PAGE:
        case PAGING_OFFSET:
                return next_page(j, p, err);
        case PAGING_HEADER:
                return p->response ? next_in_header(j, p->response, false, ret_next, err) : 0;
        }
        return 0;
}
