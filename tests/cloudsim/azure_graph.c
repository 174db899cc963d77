#include "tests/cloudsim/azure.h"

#include <string.h>
#include <strings.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/world.h"

enum { ROWS_MAX = 1000 };

static bool is_selected(const struct request *q, const json_t *identity, const json_t *row)
{
        const char *subscription = json_member_string(row, "subscriptionId");
        const json_t *asked = json_object_get(q->params, "subscriptions"), *one;
        size_t i;

        if (!subscription || !azure_sees(q, identity, subscription))
                return false; /* what may not be read is left out, without a word */
        json_array_foreach(asked, i, one)
        {
                if (strcasecmp(json_string_value(one), subscription) == 0)
                        return true;
        }
        return !asked;
}

/* Paging travels inside options: put where lists find it, so that a token stays the same list's. */
static void take_options(struct request *q)
{
        static const char *const names[] = { "$top", "$skipToken" };
        json_auto_t *options = json_incref(json_object_get(q->params, "options"));

        (void)json_object_del(q->params, "options");
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (json_object_get(options, names[i]))
                        (void)json_object_set(q->params, names[i],
                                              json_object_get(options, names[i]));
}

static const struct rest_paging paging = { "$skipToken", "$top", ROWS_MAX };

void azure_graph_begin(struct request *q)
{
        struct page page;

        take_options(q);
        (void)page_begin(q, paging.token_param, paging.size_param, paging.size_max, &page);
}

void azure_graph_answer(struct request *q, const json_t *identity)
{
        json_auto_t *rows = json_array(), *reply = NULL;
        char next[TOKEN_TEXT_MAX], text[64];
        const char *query = request_param(q, "query", text);
        json_t *row, *slice;
        size_t i;
        int r;

        if (!query || strcmp(q->method, "POST") != 0) {
                azure_error(q, 400, "BadRequest", "Please provide below info: query.");
                return;
        }
        json_array_foreach(world_at(q->sim->world, "azure", "graph"), i, row)
        {
                if (is_selected(q, identity, row))
                        (void)json_array_append(rows, row);
        }
        slice = rest_page(q, &paging, rows, next, &r);
        if (!slice) {
                azure_error(q, 400, "BadRequest", "The skip token or the page size is not valid.");
                return;
        }
        reply = json_pack("{sI sI so s[] ss ss*}", "totalRecords",
                          (json_int_t)json_array_size(rows), "count",
                          (json_int_t)json_array_size(slice), "data", slice, "facets",
                          "resultTruncated", "false", "$skipToken", *next ? next : NULL);
        reply_json(q, 200, reply);
        reply_header(&q->reply, "x-ms-user-quota-remaining", "14");
        reply_header(&q->reply, "x-ms-user-quota-resets-after", "00:00:05");
}
