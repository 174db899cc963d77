#include "daemon/report/duties.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/language.h"
#include "daemon/report/stream.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { CELL_BYTES_MAX = 65536 };

static const char *const parties[] = { "cloud", "customer", "maker" };

struct writing {
        struct explain e;
        const json_t *types;
        bool complete;
        struct store_summary summary;
};

static const char *word(const struct writing *w, const char *group, const char *id)
{
        return report_word(w->e.words, group, id, w->e.request->language);
}

static const char *type_word(const struct writing *w, const char *type)
{
        return strcmp(type, "unclassified") == 0 ? _("service type not known")
                                                 : word(w, "service_types", type);
}

static long count_of(const json_t *row, const char *key)
{
        return (long)json_integer_value(json_object_get(row, key));
}

/* "AI Act, Art. 50 (transparency): in application since 2026-08-02; only … (3 of 12)" */
static void duty_text(const struct writing *w, const json_t *type, const json_t *duty,
                      struct buffer *b)
{
        const char *article = json_member_string(duty, "article"),
                   *only = json_member_string(duty, "only");
        long n = count_of(duty, "resources"), all = count_of(type, "resources");
        char name[EXPLAIN_TITLE_MAX], state[EXPLAIN_SHORT_MAX];

        buffer_printf(b, _("%s: %s"),
                      explain_titled(&w->e, article ? article : "-", name, sizeof(name)),
                      explain_state(&w->e, json_member_string(duty, "state"),
                                    json_member_string(duty, "applies_from"),
                                    count_of(duty, "in_days"), state, sizeof(state)));
        if (only)
                buffer_printf(b, "%s%s", _("; "), word(w, "only", only));
        if (n != all)
                buffer_printf(b, _(" (%ld of %ld)"), n, all);
}

/* "Provider 12, Downstream provider 3" */
static void roles_text(const struct writing *w, const json_t *party, struct buffer *b)
{
        const char *role, *before = "";
        json_t *n;

        json_object_foreach(json_object_get(party, "roles"), role, n)
        {
                buffer_printf(b, "%s%s (%lld)", before, word(w, "roles", role),
                              (long long)json_integer_value(n));
                before = ", ";
        }
}

/* "aws 8, scaleway 4" */
static void counts_text(const json_t *counts, struct buffer *b)
{
        const char *key, *before = "";
        json_t *n;

        json_object_foreach((json_t *)counts, key, n)
        {
                buffer_printf(b, "%s%s (%lld)", before, key, (long long)json_integer_value(n));
                before = ", ";
        }
}

/* ---- table
 * ------------------------------------------------------------------------------------------ */

static void table_party(const struct writing *w, const json_t *type, const char *id)
{
        const json_t *party = json_object_get(json_object_get(type, "parties"), id);
        const char *label = word(w, "parties", id), *key;
        struct buffer b = BUFFER_INIT(CELL_BYTES_MAX);
        json_t *duty;

        if (!party)
                return;
        roles_text(w, party, &b);
        explain_line(&w->e, label, buffer_text(&b));
        if (*buffer_text(&b))
                label = " ";
        json_object_foreach(json_object_get(party, "duties"), key, duty)
        {
                buffer_reset(&b);
                duty_text(w, type, duty, &b);
                explain_line(&w->e, label, buffer_text(&b));
                label = " ";
        }
        buffer_done(&b);
}

static int write_table(const struct writing *w, struct error *err)
{
        const struct terminal *t = &w->e.request->terminal;
        const char *id;
        json_t *type;

        json_object_foreach((json_t *)w->types, id, type)
        {
                struct buffer b = BUFFER_INIT(CELL_BYTES_MAX);

                terminal_put(t, STYLE_BOLD, type_word(w, id));
                (void)fprintf(t->out, "  [%s]\n", id);
                counts_text(json_object_get(type, "providers"), &b);
                buffer_printf(&b, _("; %zu scopes"),
                              json_object_size(json_object_get(type, "scopes")));
                explain_line(&w->e, _("resources"), buffer_text(&b));
                for (size_t p = 0; p < ELEMENTSOF(parties); p++)
                        table_party(w, type, parties[p]);
                (void)fputc('\n', t->out);
                buffer_done(&b);
        }
        if (json_object_size(w->types) == 0)
                (void)fprintf(t->out, "%s\n", _("None found in what was read."));
        if (!w->complete)
                (void)fprintf(t->out, "%s\n",
                              _("Not everything could be read: what stands there is not counted "
                                "here (vigie coverage)."));
        (void)fprintf(t->out, "%s\n",
                      report_rule_text(w->e.words, "disclaimer", w->e.request->language));
        return 0;
}

/* ---- Markdown, for contracts
 * ------------------------------------------------------------------------- */

/* What comes from a cloud must not end a cell or begin a tag. */
static void markdown_put(FILE *out, const char *text)
{
        for (const char *p = text; *p; p++) {
                if (strchr("|<>*_`[]\\", *p))
                        (void)fputc('\\', out);
                (void)fputc((unsigned char)*p < ' ' ? ' ' : *p, out);
        }
}

static void markdown_party(const struct writing *w, const char *type_id, const json_t *type,
                           const char *id)
{
        const json_t *party = json_object_get(json_object_get(type, "parties"), id);
        struct buffer roles = BUFFER_INIT(CELL_BYTES_MAX), scopes = BUFFER_INIT(CELL_BYTES_MAX);
        FILE *out = w->e.request->terminal.out;
        const char *key, *before = "";
        json_t *duty;

        if (!party)
                return;
        roles_text(w, party, &roles);
        counts_text(json_object_get(type, "scopes"), &scopes);
        (void)fprintf(out, "| %s | %s | ", type_word(w, type_id), word(w, "parties", id));
        markdown_put(out, buffer_text(&roles));
        (void)fputs(" | ", out);
        json_object_foreach(json_object_get(party, "duties"), key, duty)
        {
                struct buffer b = BUFFER_INIT(CELL_BYTES_MAX);

                duty_text(w, type, duty, &b);
                (void)fputs(before, out);
                markdown_put(out, buffer_text(&b));
                before = "<br>";
                buffer_done(&b);
        }
        (void)fprintf(out, " | %ld | ", count_of(type, "resources"));
        markdown_put(out, buffer_text(&scopes));
        (void)fputs(" |\n", out);
        buffer_done(&roles);
        buffer_done(&scopes);
}

static int write_markdown(const struct writing *w, struct error *err)
{
        FILE *out = w->e.request->terminal.out;
        const char *id;
        json_t *type;

        (void)fprintf(out, "# %s\n\n", _("Shared responsibility under the AI Act"));
        (void)fprintf(out, _("As of the scan of %s (vigie %s)."),
                      w->summary.finished ? w->summary.finished : "-", VIGIE_VERSION);
        if (!w->complete)
                (void)fprintf(out, " **%s**",
                              _("Not everything could be read: what stands there is not counted "
                                "here."));
        (void)fprintf(out, "\n\n| %s | %s | %s | %s | %s | %s |\n|---|---|---|---|---|---|\n",
                      _("Service type"), _("Party"), _("Role (resources)"), _("Duties"),
                      _("Resources"), _("Scopes (resources)"));
        json_object_foreach((json_t *)w->types, id, type) for (size_t p = 0;
                                                               p < ELEMENTSOF(parties); p++)
                markdown_party(w, id, type, parties[p]);
        (void)fprintf(out, "\n*%s*\n",
                      report_rule_text(w->e.words, "disclaimer", w->e.request->language));
        return 0;
}

/* ---- JSON
 * ------------------------------------------------------------------------------------------ */

static json_t *party_json(const struct writing *w, const json_t *party)
{
        json_t *roles = json_array(), *duties = json_array(), *n;
        const char *key;

        json_object_foreach(json_object_get(party, "roles"), key, n)(void)
                json_array_append_new(roles, json_pack("{s:s, s:s, s:O}", "role", key, "title",
                                                       word(w, "roles", key), "resources", n));
        json_object_foreach(json_object_get(party, "duties"), key, n)
        {
                const char *only = json_member_string(n, "only");
                json_t *row = json_copy(n);

                if (only)
                        (void)json_object_set_new(row, "only",
                                                  json_stream_text(word(w, "only", only)));
                (void)json_array_append_new(duties, row);
        }
        return json_pack("{s:o, s:o}", "roles", roles, "duties", duties);
}

static json_t *scopes_json(const json_t *counts)
{
        json_t *list = json_array(), *n;
        const char *key;

        json_object_foreach((json_t *)counts, key, n)
        {
                const char *space = strchr(key, ' ');
                json_t *row = json_pack("{s:s%, s:O}", "provider", key, (size_t)(space - key),
                                        "resources", n);

                if (row)
                        (void)json_object_set_new(row, "scope", json_stream_text(space + 1));
                (void)json_array_append_new(list, row);
        }
        return list;
}

static json_t *type_json(const struct writing *w, const char *id, const json_t *type)
{
        json_t *row =
                json_pack("{s:s, s:s, s:I, s:I, s:I, s:O, s:o}", "service_type", id, "title",
                          type_word(w, id), "resources", (json_int_t)count_of(type, "resources"),
                          "stale", (json_int_t)count_of(type, "stale"), "undescribed",
                          (json_int_t)count_of(type, "undescribed"), "providers",
                          json_object_get(type, "providers"), "scopes",
                          scopes_json(json_object_get(type, "scopes")));

        for (size_t p = 0; row && p < ELEMENTSOF(parties); p++)
                (void)json_object_set_new(
                        row, parties[p],
                        party_json(w,
                                   json_object_get(json_object_get(type, "parties"), parties[p])));
        return row;
}

static int write_json(const struct writing *w, struct error *err)
{
        struct json_stream stream = JSON_STREAM_TO(w->e.request->terminal.out);
        const struct store_summary *s = &w->summary;
        const char *id;
        json_t *type;

        json_stream_member_take(&stream, "vigie", json_string(VIGIE_VERSION));
        json_stream_member_take(&stream, "scan",
                                json_pack("{s:s?, s:s?, s:s?, s:b}", "id", s->scan_id, "started",
                                          s->started, "finished", s->finished, "complete",
                                          w->complete));
        json_stream_array(&stream, "responsibilities");
        json_object_foreach((json_t *)w->types, id, type)(void)
                json_stream_row_take(&stream, type_json(w, id, type));
        json_stream_array_end(&stream);
        json_stream_member_take(
                &stream, "disclaimer",
                json_string(report_rule_text(w->e.words, "disclaimer", w->e.request->language)));
        return json_stream_end(&stream, err);
}

/* ---- the whole
 * -------------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        int (*write)(const struct writing *w, struct error *err);
} formats[] = {
        [DUTIES_TABLE] = { "table", write_table },
        [DUTIES_JSON] = { "json", write_json },
        [DUTIES_MARKDOWN] = { "markdown", write_markdown },
};
static_assert(ELEMENTSOF(formats) == DUTIES_FORMAT_MAX, "every format has its writer");

int duties_format_from_name(const char *name, enum duties_format *ret)
{
        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (strcmp(formats[i].name, name) == 0) {
                        *ret = (enum duties_format)i;
                        return 0;
                }
        return -EINVAL;
}

json_t *duties_in_order(const json_t *types, const json_t *table)
{
        json_t *ordered = json_object(), *row;
        const char *id;

        for (size_t i = 0; ordered && i < json_object_size(table); i++)
                json_object_foreach((json_t *)table, id, row)
                {
                        json_t *type = json_object_get(types, id);

                        if (type &&
                            json_integer_value(json_object_get(row, "order")) == (json_int_t)i)
                                (void)json_object_set(ordered, id, type);
                }
        if (ordered && json_object_update_missing(ordered, (json_t *)types) < 0) {
                json_decref(ordered);
                return NULL;
        }
        return ordered;
}

int duties_write(const struct report_request *request, enum duties_format format, struct error *err)
{
        json_auto_t *words = store_words(request->store), *types = NULL;
        struct writing w = { .e = { request, words } };
        FILE *out = request->terminal.out;
        int r;

        r = duties_collect(request, &types, err);
        if (r == 0)
                r = store_summarise(request->store, &w.summary, err);
        if (r < 0)
                return r;
        json_auto_t *ordered = duties_in_order(types, json_object_get(words, "types"));

        w.types = ordered;
        w.complete = report_is_complete(&w.summary);
        if (!w.types)
                return error_oom(err);
        r = formats[format].write(&w, err);
        if (r < 0)
                return r;
        if (fflush(out) != 0 || ferror(out))
                return error_set(err, -EIO, "output: %s", strerror(errno ? errno : EIO));
        return 0;
}
