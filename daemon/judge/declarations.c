#include "daemon/judge/declarations.h"

#include "daemon/base/json.h"
#include "daemon/judge/match.h"
#include "daemon/judge/term.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <string.h>

#define FOLDER "declarations"

enum { VALUE_TEXT_MAX = 2048, JOINED_BYTES_MAX = 65536 };

struct entry {
        struct match match;
        json_t *declare; /* {key: value}; in normal form once it was checked */
        char *owner, *reason;
        struct term term;
        struct yaml_place place;
};

struct declaration_file {
        struct entry *entries;
        size_t n_entries;
        char *name; /* "declarations/scaleway.yaml" */
};

struct declarations {
        struct declaration_file *files; /* in the order of their names */
        size_t n_files;
};

#define ENTRY_TEXT(m)                                                                              \
        {                                                                                          \
                .key = #m, .type = YAML_STRING, .offset = offsetof(struct entry, m),               \
                .required = true                                                                   \
        }

static const struct yaml_field entry_fields[] = {
        { .key = "match",
          .type = YAML_SECTION,
          .offset = offsetof(struct entry, match),
          .fields = declaration_match_fields,
          .required = true },
        { .key = "declare",
          .type = YAML_JSON,
          .offset = offsetof(struct entry, declare),
          .required = true },
        ENTRY_TEXT(owner),
        ENTRY_TEXT(reason),
        TERM_FIELDS(entry, false),
        { .type = YAML_PLACE, .offset = offsetof(struct entry, place) },
        { 0 },
};

static const struct yaml_field file_fields[] = {
        { .key = "declarations",
          .type = YAML_LIST,
          .offset = offsetof(struct declaration_file, entries),
          .required = true,
          .fields = entry_fields,
          .size = sizeof(struct entry),
          .count_offset = offsetof(struct declaration_file, n_entries) },
        { 0 },
};

/* ---- reading -----------------------------------------------------------------------------------
 */

struct reading {
        struct declarations *to;
        const struct vocabulary *vocabulary;
};

static int refuse_key(const struct vocabulary *v, const char *key, const struct yaml *y,
                      struct yaml_place place, struct error *err)
{
        struct nearest near = NEAREST_TO(key);

        vocabulary_offer(v, &near);
        if (near.best)
                return yaml_error_at(y, place, err,
                                     "'%s' is not one of the tags of law/tags.yaml; did you mean "
                                     "'%s'?",
                                     key, near.best);
        return yaml_error_at(y, place, err, "'%s' is not one of the tags of law/tags.yaml", key);
}

/* A tag may be written in any way that providers allow; here one is expected to write it as it is.
 */
static int check_values(struct entry *e, const struct vocabulary *v, const struct yaml *y,
                        struct error *err)
{
        struct yaml_place place = yaml_place_of(y, e->place, "declare");
        const char *key;
        json_t *value;
        void *next;

        if (!json_is_object(e->declare) || json_object_size(e->declare) == 0)
                return yaml_error_at(y, place, err, "'declare' must be a mapping {tag: value}");
        json_object_foreach_safe(e->declare, next, key, value)
        {
                _cleanup_(freep) char *text = json_scalar_text(value);
                struct yaml_place here = yaml_place_of(y, place, key);
                char normal[VALUE_TEXT_MAX];

                if (!vocabulary_has(v, key))
                        return refuse_key(v, key, y, here, err);
                if (!text || !vocabulary_normalise(v, key, text, normal, sizeof(normal)))
                        return yaml_error_at(y, here, err, "%s does not take '%s'", key,
                                             text ? text : "?");
                if (json_set_string(e->declare, key, normal) < 0)
                        return error_oom(err);
        }
        return 0;
}

static int check_entry(struct entry *e, const struct vocabulary *v, const struct yaml *y,
                       struct error *err)
{
        int r = match_check(&e->match, y, err);

        if (r == 0)
                r = check_values(e, v, y, err);
        if (r == 0 && !*e->owner)
                r = yaml_error_at(y, yaml_place_of(y, e->place, "owner"), err, "'owner' is empty");
        if (r == 0 && !*e->reason)
                r = yaml_error_at(y, yaml_place_of(y, e->place, "reason"), err,
                                  "'reason' is empty");
        return r == 0 ? term_check(&e->term, y, e->place, err) : r;
}

static int read_file(void *user, const char *name, const struct yaml *y, struct error *err)
{
        const struct reading *reading = user;
        struct declarations *ds = reading->to;
        struct declaration_file *grown = reallocarray(ds->files, ds->n_files + 1, sizeof(*grown));
        struct declaration_file *f;
        int r;

        if (!grown)
                return error_oom(err);
        ds->files = grown;
        f = &grown[ds->n_files++];
        *f = (struct declaration_file){ 0 };
        if (asprintf(&f->name, FOLDER "/%s", name) < 0) {
                f->name = NULL;
                return error_oom(err);
        }
        r = yaml_bind(y, file_fields, f, err);
        for (size_t i = 0; r == 0 && i < f->n_entries; i++)
                r = check_entry(&f->entries[i], reading->vocabulary, y, err);
        return r;
}

int declarations_load(struct declarations **ret, const struct vocabulary *v, struct data *data,
                      struct error *err)
{
        _cleanup_(declarations_freep) struct declarations *ds = calloc(1, sizeof(*ds));
        struct reading reading = { .to = ds, .vocabulary = v };
        int r;

        if (!ds)
                return error_oom(err);
        r = data_each_own(data, FOLDER, read_file, &reading, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(ds);
        return 0;
}

struct declarations *declarations_free(struct declarations *ds)
{
        if (!ds)
                return NULL;
        for (size_t i = 0; i < ds->n_files; i++) {
                yaml_unbind(file_fields, &ds->files[i]);
                free(ds->files[i].name);
        }
        free(ds->files);
        free(ds);
        return NULL;
}

/* ---- what the files say of one subject ---------------------------------------------------------
 */

/* One value for one key: as an entry of struct declared, with where it stands. */
static json_t *candidate(const struct declaration_file *f, const struct entry *e,
                         const json_t *value, const char *state)
{
        return json_pack("{s:O, s:s++++, s:s, s:s, s:s, s:s, s:s*, s:o}", "value", value, "source",
                         "declaration ", f->name, " (", e->owner, ")", "state", state, "file",
                         f->name, "owner", e->owner, "reason", e->reason, "until", e->term.until,
                         "place",
                         json_sprintf("%s:%d:%d (%s)", f->name, e->place.line, e->place.column,
                                      json_string_value(value)));
}

static int append_to(json_t *lists, const char *key, json_t *element)
{
        json_t *list = json_object_get(lists, key);

        if (!list) {
                list = json_array();
                if (json_object_set_new(lists, key, list) < 0)
                        list = NULL;
        }
        if (list)
                return json_array_append_new(list, element);
        json_decref(element);
        return -ENOMEM;
}

static int remember_ended(struct declared *d, const char *key, json_t *ended)
{
        const json_t *before = json_object_get(d->ended, key);

        if (!d->ended)
                d->ended = json_object();
        if (before && strcmp(json_member_string(before, "until") ?: "",
                             json_member_string(ended, "until") ?: "") >= 0) {
                json_decref(ended);
                return 0;
        }
        return json_object_set_new(d->ended, key, ended);
}

/* What the entry says goes into told: {key: [candidates]}. */
static int tell(json_t *told, struct subject *s, const struct declaration_file *f,
                const struct entry *e, uint64_t date_usec)
{
        enum term_state state = term_state(&e->term, date_usec);
        enum match_result match =
                state == TERM_LATER ? MATCH_NO : match_subject(&e->match, s, NULL);
        const char *key;
        json_t *value;
        int r = 0;

        if (match == MATCH_NO)
                return 0;
        json_object_foreach(e->declare, key, value)
        {
                json_t *c = candidate(f, e, value,
                                      state == TERM_ENDED     ? "ended"
                                      : match == MATCH_UNTOLD ? "unreadable"
                                                              : "ok");

                if (!c)
                        return -ENOMEM;
                r = state == TERM_ENDED ? remember_ended(&s->declared, key, c)
                                        : append_to(told, key, c);
                if (r < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* ---- one value of several ----------------------------------------------------------------------
 */

static int compare_texts(const void *a, const void *b)
{
        return strcmp(json_string_value(*(json_t *const *)a),
                      json_string_value(*(json_t *const *)b));
}

/* The texts of that member, each once, sorted and joined. */
static json_t *joined(const json_t *candidates, const char *member)
{
        struct buffer b = BUFFER_INIT(JOINED_BYTES_MAX);
        size_t n = json_array_size(candidates);
        _cleanup_(freep) json_t **sorted = calloc(n + 1, sizeof(json_t *));
        json_t *text;

        for (size_t i = 0; sorted && i < n; i++)
                sorted[i] = json_object_get(json_array_get(candidates, i), member);
        if (sorted && n > 0)
                qsort(sorted, n, sizeof(json_t *), compare_texts);
        for (size_t i = 0; sorted && i < n; i++)
                if (i == 0 || !json_equal(sorted[i], sorted[i - 1]))
                        buffer_printf(&b, "%s%s", i > 0 ? ", " : "", json_string_value(sorted[i]));
        text = sorted && buffer_error(&b) == 0 ? json_string(buffer_text(&b)) : NULL;
        buffer_done(&b);
        return text;
}

static json_t *conflict(const json_t *candidates)
{
        json_t *places = json_array(), *c;
        size_t i;

        json_array_foreach((json_t *)candidates, i, c)(void)
                json_array_append(places, json_object_get(c, "place"));
        return json_pack("{s:o, s:o, s:s, s:o}", "value", joined(candidates, "value"), "source",
                         joined(candidates, "source"), "state", "conflict", "places", places);
}

static bool is_told(const json_t *c)
{
        return strcmp(json_member_string(c, "state"), "ok") == 0;
}

static json_t *doubtful(const json_t *candidates)
{
        return json_pack("{s:o, s:o, s:s, s:s}", "value", joined(candidates, "value"), "source",
                         joined(candidates, "source"), "state", "unreadable", "cause",
                         "a declaration depends on a tag that is not known");
}

/* The entry that the candidates for one key come to; new reference. */
static json_t *settle(const json_t *candidates)
{
        const json_t *first = NULL;
        json_t *c, *entry;
        bool untold = false;
        size_t i;

        json_array_foreach((json_t *)candidates, i, c)
        {
                if (!is_told(c))
                        continue;
                if (first &&
                    !json_equal(json_object_get(first, "value"), json_object_get(c, "value")))
                        return conflict(candidates);
                first = first ? first : c;
        }
        json_array_foreach((json_t *)candidates, i, c) untold =
                untold || !first ||
                !json_equal(json_object_get(first, "value"), json_object_get(c, "value"));
        if (untold)
                return doubtful(candidates);
        entry = json_copy((json_t *)first);
        (void)json_object_del(entry, "place");
        return entry;
}

/* ---- files and tags ----------------------------------------------------------------------------
 */

static int override(json_t *winner, const json_t *loser)
{
        json_t *row;

        if (json_equal(json_object_get(winner, "value"), json_object_get(loser, "value")))
                return 0;
        row = json_pack("{s:O, s:O, s:s*, s:s*}", "value", json_object_get(loser, "value"),
                        "source", json_object_get(loser, "source"), "file",
                        json_member_string(loser, "file"), "owner",
                        json_member_string(loser, "owner"));
        return json_object_set_new(winner, "overridden", json_pack("[o]", row));
}

static int add_key(struct declared *d, const char *key, const json_t *candidates)
{
        json_t *tag = json_object_get(d->entries, key);
        json_auto_t *entry = settle(candidates);

        if (!entry)
                return -ENOMEM;
        if (tag && !d->files_win)
                return override(tag, entry);
        if (tag && override(entry, tag) < 0)
                return -ENOMEM;
        return json_object_set(d->entries, key, entry);
}

int declarations_add(const struct declarations *ds, struct subject *s, uint64_t date_usec)
{
        json_auto_t *told = ds->n_files > 0 ? json_object() : NULL;
        const char *key;
        json_t *candidates;
        int r = told || ds->n_files == 0 ? 0 : -ENOMEM;

        for (size_t i = 0; i < ds->n_files; i++)
                for (size_t k = 0; r == 0 && k < ds->files[i].n_entries; k++)
                        r = tell(told, s, &ds->files[i], &ds->files[i].entries[k], date_usec);
        json_object_foreach(told, key, candidates)
        {
                if (r == 0)
                        r = add_key(&s->declared, key, candidates);
        }
        return r < 0 ? -ENOMEM : 0;
}

/* ---- publishing --------------------------------------------------------------------------------
 */

json_t *declarations_json(const struct declarations *ds, uint64_t date_usec)
{
        json_t *list = json_array();

        for (size_t i = 0; i < ds->n_files; i++) {
                const struct declaration_file *f = &ds->files[i];

                for (size_t k = 0; k < f->n_entries; k++) {
                        const struct entry *e = &f->entries[k];
                        json_t *row = json_pack("{s:s, s:i, s:i, s:s, s:s*, s:s*, s:s}", "file",
                                                f->name, "line", e->place.line, "column",
                                                e->place.column, "owner", e->owner, "since",
                                                e->term.since, "until", e->term.until, "state",
                                                term_state_name(term_state(&e->term, date_usec)));

                        if (json_array_append_new(list, row) < 0) {
                                json_decref(list);
                                return NULL;
                        }
                }
        }
        return list;
}
