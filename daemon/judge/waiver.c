#include "daemon/judge/waiver.h"

#include "daemon/base/nearest.h"
#include "daemon/judge/match.h"
#include "daemon/judge/term.h"
#include "daemon/judge/trial.h"

#include <string.h>

#define FOLDER "waivers"

struct waiver {
        char *id;
        char **rules; /* ids, with * */
        struct match match;
        char *owner, *reason;
        struct term term;
        struct yaml_place place;
};

struct waiver_file {
        struct waiver *list;
        size_t n;
        char *name; /* "waivers/2026.yaml" */
};

struct waivers {
        struct waiver_file *files; /* in the order of their names */
        size_t n_files;
};

#define WAIVER_TEXT(m)                                                                             \
        {                                                                                          \
                .key = #m, .type = YAML_STRING, .offset = offsetof(struct waiver, m),              \
                .required = true                                                                   \
        }

static const struct yaml_field waiver_fields[] = {
        WAIVER_TEXT(id),
        { .key = "rules",
          .type = YAML_STRINGS,
          .offset = offsetof(struct waiver, rules),
          .required = true },
        { .key = "match",
          .type = YAML_SECTION,
          .offset = offsetof(struct waiver, match),
          .fields = waiver_match_fields,
          .required = true },
        WAIVER_TEXT(owner),
        WAIVER_TEXT(reason),
        TERM_FIELDS(waiver, true),
        { .type = YAML_PLACE, .offset = offsetof(struct waiver, place) },
        { 0 },
};

static const struct yaml_field file_fields[] = {
        { .key = "waivers",
          .type = YAML_LIST,
          .offset = offsetof(struct waiver_file, list),
          .required = true,
          .fields = waiver_fields,
          .size = sizeof(struct waiver),
          .count_offset = offsetof(struct waiver_file, n) },
        { 0 },
};

/* ---- reading -----------------------------------------------------------------------------------
 */

struct reading {
        struct waivers *to;
        const struct judge *judge;
};

static bool names_a_rule(const struct rules *rules, const char *pattern)
{
        for (size_t i = 0; i < rules->n; i++)
                if (match_pattern(pattern, rules->list[i]->id))
                        return true;
        return false;
}

static int check_rules(const struct waiver *w, const struct rules *rules, const struct yaml *y,
                       struct error *err)
{
        struct yaml_place place = yaml_place_of(y, w->place, "rules");

        if (!w->rules[0])
                return yaml_error_at(y, place, err, "'rules' names no rule");
        for (char **p = w->rules; *p; p++) {
                struct nearest near = NEAREST_TO(*p);

                if (names_a_rule(rules, *p))
                        continue;
                for (size_t i = 0; i < rules->n; i++)
                        nearest_offer(&near, rules->list[i]->id);
                if (near.best)
                        return yaml_error_at(y, place, err,
                                             "there is no rule '%s'; did you mean '%s'?", *p,
                                             near.best);
                return yaml_error_at(y, place, err, "there is no rule '%s'", *p);
        }
        return 0;
}

/* Two waivers with one id could not be told apart in what is reported. */
static int check_id(const struct waivers *ws, const struct waiver *w, const struct yaml *y,
                    struct error *err)
{
        for (size_t i = 0; i < ws->n_files; i++)
                for (size_t k = 0; k < ws->files[i].n; k++) {
                        const struct waiver *other = &ws->files[i].list[k];

                        if (other == w)
                                return 0;
                        if (strcmp(other->id, w->id) == 0)
                                return yaml_error_at(y, yaml_place_of(y, w->place, "id"), err,
                                                     "waiver '%s' is in %s:%d:%d already", w->id,
                                                     ws->files[i].name, other->place.line,
                                                     other->place.column);
                }
        return 0;
}

static int check_waiver(const struct reading *reading, struct waiver *w, const struct yaml *y,
                        struct error *err)
{
        const struct {
                const char *key, *value;
        } texts[] = { { "id", w->id }, { "owner", w->owner }, { "reason", w->reason } };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(texts) && r == 0; i++)
                if (!*texts[i].value)
                        r = yaml_error_at(y, yaml_place_of(y, w->place, texts[i].key), err,
                                          "'%s' is empty", texts[i].key);
        if (r == 0)
                r = check_id(reading->to, w, y, err);
        if (r == 0)
                r = check_rules(w, &reading->judge->rules, y, err);
        if (r == 0)
                r = match_check(&w->match, y, err);
        return r == 0 ? term_check(&w->term, y, w->place, err) : r;
}

static int read_file(void *user, const char *name, const struct yaml *y, struct error *err)
{
        const struct reading *reading = user;
        struct waivers *ws = reading->to;
        struct waiver_file *grown = reallocarray(ws->files, ws->n_files + 1, sizeof(*grown)), *f;
        int r;

        if (!grown)
                return error_oom(err);
        ws->files = grown;
        f = &grown[ws->n_files++];
        *f = (struct waiver_file){ 0 };
        if (asprintf(&f->name, FOLDER "/%s", name) < 0) {
                f->name = NULL;
                return error_oom(err);
        }
        r = yaml_bind(y, file_fields, f, err);
        for (size_t i = 0; r == 0 && i < f->n; i++)
                r = check_waiver(reading, &f->list[i], y, err);
        return r;
}

int waivers_load(struct waivers **ret, const struct judge *judge, struct data *data,
                 struct error *err)
{
        _cleanup_(waivers_freep) struct waivers *ws = calloc(1, sizeof(*ws));
        struct reading reading = { .to = ws, .judge = judge };
        int r;

        if (!ws)
                return error_oom(err);
        r = data_each_own(data, FOLDER, read_file, &reading, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(ws);
        return 0;
}

struct waivers *waivers_free(struct waivers *ws)
{
        if (!ws)
                return NULL;
        for (size_t i = 0; i < ws->n_files; i++) {
                yaml_unbind(file_fields, &ws->files[i]);
                free(ws->files[i].name);
        }
        free(ws->files);
        free(ws);
        return NULL;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

static bool concerns(const struct waiver *w, const char *rule, const struct subject *s,
                     const char *finding)
{
        bool named = false;

        for (char **p = w->rules; *p && !named; p++)
                named = match_pattern(*p, rule);
        return named && match_subject(&w->match, s, finding) == MATCH_YES;
}

static const struct waiver *later(const struct waiver *a, const struct waiver *b)
{
        return !a || b->term.end_usec > a->term.end_usec ? b : a;
}

const struct waiver *waivers_find(const struct waivers *ws, const char *rule,
                                  const struct subject *s, uint64_t date_usec,
                                  const struct waiver **ret_ended)
{
        const struct waiver *found = NULL, *ended = NULL;
        const struct resource *r = s->resource;
        char finding[FINDING_ID_MAX];

        if (ws->n_files > 0)
                (void)finding_id(&s->place, rule, r ? r->kind : NULL, r ? r->id : NULL, finding);
        for (size_t i = 0; i < ws->n_files; i++)
                for (size_t k = 0; k < ws->files[i].n; k++) {
                        const struct waiver *w = &ws->files[i].list[k];
                        enum term_state state = term_state(&w->term, date_usec);

                        if (state == TERM_LATER || !concerns(w, rule, s, finding))
                                continue;
                        if (state == TERM_ENDED)
                                ended = later(ended, w);
                        else
                                found = later(found, w);
                }
        *ret_ended = found ? NULL : ended;
        return found;
}

const char *waiver_id(const struct waiver *w)
{
        return w->id;
}

const char *waiver_owner(const struct waiver *w)
{
        return w->owner;
}

const char *waiver_until(const struct waiver *w)
{
        return w->term.until;
}

/* ---- publishing --------------------------------------------------------------------------------
 */

json_t *waiver_json(const struct waiver *w)
{
        return json_pack("{s:s, s:s, s:s, s:s}", "id", w->id, "owner", w->owner, "reason",
                         w->reason, "until", w->term.until);
}

static json_t *row_json(const struct waiver_file *f, const struct waiver *w, uint64_t date_usec)
{
        json_t *row = waiver_json(w), *rules = json_array();

        for (char **p = w->rules; *p; p++)
                (void)json_array_append_new(rules, json_string(*p));
        if (!row || json_object_set_new(row, "rules", rules) < 0) {
                json_decref(row);
                return NULL;
        }
        if (w->term.since)
                (void)json_object_set_new(row, "since", json_string(w->term.since));
        (void)json_object_set_new(row, "file", json_string(f->name));
        (void)json_object_set_new(row, "line", json_integer(w->place.line));
        (void)json_object_set_new(row, "column", json_integer(w->place.column));
        (void)json_object_set_new(row, "state",
                                  json_string(term_state_name(term_state(&w->term, date_usec))));
        return row;
}

json_t *waivers_json(const struct waivers *ws, uint64_t date_usec)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < ws->n_files; i++)
                for (size_t k = 0; k < ws->files[i].n; k++)
                        if (json_array_append_new(list,
                                                  row_json(&ws->files[i], &ws->files[i].list[k],
                                                           date_usec)) < 0) {
                                json_decref(list);
                                return NULL;
                        }
        return list;
}
