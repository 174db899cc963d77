#include "daemon/judge/trial.h"

#include "daemon/base/buffer.h"
#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/model/cause.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 16 * 1024, LIST_SHOWN_MAX = 40 };

static const uint64_t CLOCKS_DIFFER_USEC = 5 * USEC_PER_MINUTE;

void trial_init(struct trial *t, const struct judge *judge, const struct subject *subject,
                uint64_t date_usec)
{
        *t = (struct trial){ .judge = judge,
                             .subject = subject,
                             .date_usec = date_usec,
                             .verdict = VERDICT_UNKNOWN,
                             .vars = json_object(),
                             .facts = json_array(),
                             .evidence = json_array() };
        if (!t->vars || !t->facts || !t->evidence)
                t->failed = -ENOMEM;
}

void trial_done(struct trial *t)
{
        json_decref(t->vars);
        json_decref(t->facts);
        json_decref(t->evidence);
        json_decref(t->notes);
        json_decref(t->after);
}

int trial_decide(struct trial *t, enum verdict verdict, const char *why)
{
        t->verdict = verdict;
        t->why = why ? why : verdict_name(verdict);
        return 0;
}

int trial_unknown(struct trial *t, const char *what, const char *cause)
{
        trial_set(t, "fact", "%s", what);
        trial_cause(t, cause, NULL);
        return trial_decide(t, VERDICT_UNKNOWN, NULL);
}

/* ---- placeholders ------------------------------------------------------------------------------
 */

static void set_take(struct trial *t, const char *name, json_t *value)
{
        if (!value || json_object_set_new(t->vars, name, value) < 0)
                t->failed = -ENOMEM;
}

/* Causes come cut from elsewhere: half a character must not lose the verdict. */
static json_t *safe_string(char *text)
{
        json_t *s = json_string(text);

        if (s)
                return s;
        for (char *p = text; *p; p++)
                if ((unsigned char)*p >= 0x80)
                        *p = '?';
        return json_string(text);
}

void trial_set(struct trial *t, const char *name, const char *fmt, ...)
{
        _cleanup_(freep) char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, fmt);
        n = vasprintf(&text, fmt, ap);
        va_end(ap);
        if (n < 0)
                text = NULL;
        set_take(t, name, text ? safe_string(text) : NULL);
}

void trial_set_text(struct trial *t, const char *name, const json_t *text)
{
        set_take(t, name, text ? json_incref((json_t *)text) : json_string(""));
}

void trial_set_word(struct trial *t, const char *name, const char *group, const char *id)
{
        const struct words *w = &t->judge->words;

        set_take(t, name,
                 json_pack("{s:s, s:s}", "en", words_of(w, group, id, LANGUAGE_EN), "fr",
                           words_of(w, group, id, LANGUAGE_FR)));
}

static char *replace_x(const char *text, const char *about)
{
        const char *x = strstr(text, "{x}");
        char *whole = NULL;

        if (!x)
                return strdup(text);
        if (asprintf(&whole, "%.*s%s%s", (int)(x - text), text, about ? about : "", x + 3) < 0)
                return NULL;
        return whole;
}

void trial_cause(struct trial *t, const char *cause, const char *about)
{
        const json_t *words = json_object_get(t->judge->words.groups, "causes");
        char *said[LANGUAGE_MAX] = { NULL };
        _cleanup_(freep) char *plain = NULL;
        json_t *both = NULL;

        if (cause && cause_say(words, cause, about, said) > 0)
                both = json_pack("{s:s, s:s}", "en", said[LANGUAGE_EN], "fr", said[LANGUAGE_FR]);
        free(said[LANGUAGE_EN]);
        free(said[LANGUAGE_FR]);
        if (both) { /* not of a name that was cut within a character */
                set_take(t, "cause", both);
                return;
        }
        plain = about && cause ? replace_x(cause, about) : NULL;
        trial_set(t, "cause", "%s", plain ? plain : cause ? cause : "");
}

void trial_set_list(struct trial *t, const char *name, const json_t *strings)
{
        struct buffer b = BUFFER_INIT(TEXT_BYTES_MAX);
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)strings, i, element)
        {
                _cleanup_(freep) char *text = json_scalar_text(element);

                if (i == LIST_SHOWN_MAX) {
                        buffer_printf(&b, ", +%zu", json_array_size(strings) - i);
                        break;
                }
                buffer_printf(&b, "%s%s", i > 0 ? ", " : "", text ? text : "?");
        }
        set_take(t, name, json_string(buffer_text(&b)));
        buffer_done(&b);
}

/* ---- facts
 * --------------------------------------------------------------------------------------- */

bool trial_collected(const struct resource *r, const char *name)
{
        return json_object_get(r->facts, name) != NULL;
}

void trial_note_fact(struct trial *t, const char *name)
{
        json_t *element;
        size_t i;

        json_array_foreach(t->facts, i,
                           element) if (strcmp(json_string_value(element), name) == 0) return;
        if (json_array_append_new(t->facts, json_string(name)) < 0)
                t->failed = -ENOMEM;
}

/* Evidence of another record: its own index says which call it was. */
static void note_evidence(struct trial *t, const struct resource *r, const char *name)
{
        const json_t *index = json_object_get(json_object_get(r->facts, name), "evidence");
        json_t *row, *element;
        size_t i;

        if (r == t->subject->resource || !json_is_integer(index))
                return;
        row = json_array_get(r->evidence, (size_t)json_integer_value(index));
        if (!row)
                return;
        json_array_foreach(t->evidence, i, element) if (json_equal(element, row)) return;
        if (json_array_append(t->evidence, row) < 0)
                t->failed = -ENOMEM;
}

enum fact_state trial_fact(struct trial *t, const struct resource *r, const char *name,
                           const json_t **ret_value, const char **ret_cause)
{
        static const char nothing[] = "no resource to read it from";

        trial_note_fact(t, name);
        if (!r) {
                *ret_cause = nothing;
                return FACT_UNKNOWN;
        }
        note_evidence(t, r, name);
        return fact_get(r->facts, name, ret_value, ret_cause);
}

enum truth trial_fact_true(struct trial *t, const struct resource *r, const char *name,
                           const char **ret_cause)
{
        const json_t *value = NULL;

        switch (trial_fact(t, r, name, &value, ret_cause)) {
        case FACT_ABSENT:
                return TRUTH_ABSENT;
        case FACT_UNKNOWN:
                return TRUTH_UNKNOWN;
        case FACT_KNOWN:
                break;
        }
        if (json_is_boolean(value))
                return json_is_true(value) ? TRUTH_YES : TRUTH_NO;
        *ret_cause = "the value is neither true nor false";
        return TRUTH_UNKNOWN;
}

/* ---- allowed areas
 * --------------------------------------------------------------------------------- */

char **areas_free(char **areas)
{
        for (char **a = areas; a && *a; a++)
                free(*a);
        free(areas);
        return NULL;
}

/* Areas stay in lower case, country codes are written in capitals. */
static char *area_word(const struct judge *j, const char *text, size_t length)
{
        char *word = strndup(text, length);

        if (!word || regions_area_known(j->regions, word))
                return word;
        for (char *p = word; *p; p++)
                if (*p >= 'a' && *p <= 'z')
                        *p = (char)(*p - 'a' + 'A');
        return word;
}

static char **areas_of_tag(const struct judge *j, const char *value)
{
        _cleanup_(areas_freep) char **areas = calloc(strlen(value) + 2, sizeof(*areas));
        size_t n = 0;

        for (const char *p = value; areas && *p;) {
                size_t length = strcspn(p, "_");

                areas[n++] = area_word(j, p, length);
                if (!areas[n - 1])
                        return NULL;
                p += length + (p[length] != '\0');
        }
        return TAKE_PTR(areas);
}

static char **areas_of_policy(const struct policy *policy)
{
        static const char *const usual[] = { "eu", "eea", NULL };
        char *const *from = policy->areas ? policy->areas : (char *const *)usual;
        _cleanup_(areas_freep) char **areas = NULL;
        size_t n = 0;

        while (from[n])
                n++;
        areas = calloc(n + 1, sizeof(*areas));
        for (size_t i = 0; areas && i < n; i++) {
                areas[i] = strdup(from[i]);
                if (!areas[i])
                        return NULL;
        }
        return TAKE_PTR(areas);
}

void trial_doubt_tags(struct trial *t)
{
        const struct resource *r = t->subject->resource;
        const char *cause = NULL;

        /* a kind of thing whose tags nobody collects is judged by the policy alone */
        if (r && trial_collected(r, "tags") &&
            trial_fact(t, r, "tags", NULL, &cause) == FACT_UNKNOWN)
                t->doubt = cause;
}

int trial_areas(struct trial *t, char ***ret, const char **ret_cause)
{
        struct declaration d = trial_tag(t, "ai-act-area");
        char **areas;

        if (d.state == DECLARED_INVALID || d.state == DECLARED_CONFLICT) {
                *ret_cause = d.state == DECLARED_INVALID
                                     ? "the tag ai-act-area has a value that is not one of its own"
                                     : "the tag ai-act-area has two values";
                return 0;
        }
        if (d.state == DECLARED_VALUE)
                trial_note_fact(t, "tags");
        /* unreadable tags: the policy's areas are what is known to be allowed; what lies outside
         * fails, what lies inside could be forbidden by the tag */
        if (!d.settled)
                trial_doubt_tags(t);
        areas = d.state == DECLARED_VALUE ? areas_of_tag(t->judge, d.value)
                                          : areas_of_policy(t->judge->policy);
        if (!areas)
                return t->failed = -ENOMEM;
        *ret = areas;
        return 1;
}

bool trial_is_future(const struct trial *t, uint64_t usec)
{
        return usec > t->date_usec && usec - t->date_usec > CLOCKS_DIFFER_USEC;
}

/* ---- parameters and places
 * ----------------------------------------------------------------------------- */

const json_t *trial_param(const struct trial *t, const char *name)
{
        return json_object_get(t->rule->params, name);
}

bool trial_param_has(const struct trial *t, const char *name, const char *value)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)trial_param(t, name), i, element)
        {
                const char *text = json_string_value(element);

                if (value && text && strcmp(text, value) == 0)
                        return true;
        }
        return false;
}

struct place trial_place(const struct trial *t)
{
        return t->subject->place;
}

struct place trial_scope(const struct trial *t)
{
        struct place scope = t->subject->place;

        scope.region = "";
        return scope;
}

/* ---- coverage
 * -------------------------------------------------------------------------------------------- */

void coverage_describe(const struct coverage *c, char *text, size_t size)
{
        bool placed = c->place.region && *c->place.region;

        (void)snprintf(text, size, "%s%s%s: %s%s%s", c->collector, placed ? ", " : "",
                       placed ? c->place.region : "", coverage_state_name(c->state),
                       c->cause ? ": " : "", c->cause ? c->cause : "");
}

struct look {
        struct coverage_look *to;
        const json_t *types; /* NULL: every row */
};

static bool look_concerns(const struct look *l, const struct coverage *c)
{
        json_t *element;
        size_t i;

        if (!l->types)
                return true;
        json_array_foreach((json_t *)l->types, i, element)
        {
                const char *type = json_string_value(element);

                if (c->service_type && type && strcmp(type, c->service_type) == 0)
                        return true;
        }
        return false;
}

static int look_on_row(void *user, const struct coverage *c)
{
        struct look *l = user;

        if (!look_concerns(l, c))
                return 0;
        l->to->rows++;
        l->to->ok += c->state == COVERAGE_OK;
        if (coverage_is_answer(c->state))
                return 0;
        if (l->to->unanswered++ == 0)
                coverage_describe(c, l->to->cause, sizeof(l->to->cause));
        return 0;
}

/* What is in a region is told by the lists of that region and by those over the whole scope. */
static int look(struct trial *t, const struct place *place, const char *what, const json_t *types,
                struct coverage_look *ret)
{
        struct look l = { .to = ret, .types = types };
        struct place whole = *place;
        int r;

        *ret = (struct coverage_look){ 0 };
        r = t->view->coverage(t->view->ctx, place, what, look_on_row, &l);
        if (r < 0 || !place->region || *place->region == '\0' ||
            strcmp(place->region, "global") == 0)
                return r;
        whole.region = "global";
        return t->view->coverage(t->view->ctx, &whole, what, look_on_row, &l);
}

int trial_coverage(struct trial *t, const struct place *place, const char *what,
                   struct coverage_look *ret)
{
        return look(t, place, what, NULL, ret);
}

int trial_coverage_types(struct trial *t, const struct place *place, const json_t *types,
                         struct coverage_look *ret)
{
        return look(t, place, NULL, types, ret);
}

/* ---- texts
 * ---------------------------------------------------------------------------------------------------
 */

static const char *in_language(const json_t *text, enum language language)
{
        const char *s = json_string_value(text);

        return s ? s : json_member_string(text, language == LANGUAGE_FR ? "fr" : "en");
}

static const char *subject_var(const struct trial *t, const char *name, enum language language)
{
        const struct subject *s = t->subject;
        const struct resource *r = s->resource;
        const struct words *w = &t->judge->words;
        const char *type = r ? r->service_type : NULL, *declared;

        if (strcmp(name, "region") == 0)
                return s->place.region && *s->place.region ? s->place.region : "-";
        if (strcmp(name, "scope") == 0)
                return s->place.scope;
        if (strcmp(name, "provider") == 0)
                return s->place.provider;
        if (strcmp(name, "country") == 0)
                return s->at.country ? s->at.country : "?";
        if (strcmp(name, "area") == 0)
                return words_of(w, "areas", s->at.area, language);
        if (strcmp(name, "risk") == 0)
                return words_of(w, "risks", s->risk, language);
        if (strcmp(name, "service_type") == 0)
                return type ? words_of(w, "service_types", type, language) : "-";
        if (strcmp(name, "kind") == 0)
                return r ? r->kind : "-";
        if (strcmp(name, "name") == 0)
                return r ? (r->name ? r->name : r->id) : s->place.scope;
        declared = declared_get(&s->declared, name).value; /* a tag, by its key */
        return declared ? declared : "";
}

static const char *var(const struct trial *t, const char *name, enum language language)
{
        const char *text = in_language(json_object_get(t->vars, name), language);

        return text ? text : subject_var(t, name, language);
}

/* "in eu-west-3", and what people say of things that are asked without naming a region. */
static void add_where(struct buffer *b, const struct trial *t, enum language language)
{
        const char *region = t->subject->place.region, *id = "region";
        _cleanup_(freep) char *text = NULL;

        if (!region || *region == '\0')
                id = "account";
        else if (regions_is_placeless(region))
                id = "global";
        text = replace_x(words_of(&t->judge->words, "places", id, language), region);
        if (text)
                buffer_add(b, text);
}

static const char *template_of(const struct trial *t, enum language language)
{
        const json_t *texts = t->rule->why, *text = json_object_get(texts, t->why);

        /* what a rule does not say in its own words is said by the words of all rules */
        if (!text)
                text = json_object_get(json_object_get(t->judge->words.groups, "findings"), t->why);
        if (!text)
                text = json_object_get(json_object_get(t->judge->words.groups, "findings"),
                                       verdict_name(t->verdict));
        return in_language(text, language);
}

static char *filled(const struct trial *t, const char *text, enum language language)
{
        struct buffer b = BUFFER_INIT(TEXT_BYTES_MAX);
        const char *p = text, *value;
        char name[64];
        char *whole;

        while (p && *p) {
                size_t plain = strcspn(p, "{"), length;

                buffer_append(&b, p, plain);
                p += plain;
                if (*p == '\0')
                        break;
                length = strcspn(++p, "}");
                (void)snprintf(name, sizeof(name), "%.*s", (int)length, p);
                p += length + (p[length] == '}');
                if (strcmp(name, "where") == 0) {
                        add_where(&b, t, language);
                        continue;
                }
                value = var(t, name, language);
                buffer_add(&b, value);
                p += *p == '.' && *value && value[strlen(value) - 1] == '.'; /* of a cause */
        }
        whole = buffer_error(&b) == 0 ? buffer_take(&b) : NULL;
        buffer_done(&b);
        return whole ? whole : strdup("");
}

static void add_note(struct trial *t, json_t **notes, const char *id)
{
        const json_t *text =
                json_object_get(json_object_get(t->judge->words.groups, "findings"), id);
        _cleanup_(freep) char *en = filled(t, in_language(text, LANGUAGE_EN), LANGUAGE_EN);
        _cleanup_(freep) char *fr = filled(t, in_language(text, LANGUAGE_FR), LANGUAGE_FR);
        json_auto_t *note = en && fr ? json_pack("{s:s, s:s}", "en", en, "fr", fr) : NULL;
        json_t *before;
        size_t i;

        if (!text) /* words of before it was there replace ours */
                return;
        json_array_foreach(*notes, i, before) if (json_equal(before, note)) return;
        if (!*notes)
                *notes = json_array();
        if (json_array_append(*notes, note) < 0)
                t->failed = -ENOMEM;
}

void trial_note(struct trial *t, const char *id)
{
        add_note(t, &t->notes, id);
}

void trial_say(struct trial *t, const char *id)
{
        add_note(t, &t->after, id);
}

char *trial_phrase(const struct trial *t, enum language language)
{
        return filled(t, template_of(t, language), language);
}

char *trial_text(const struct trial *t, enum language language)
{
        _cleanup_(freep) char *text = filled(t, template_of(t, language), language);
        struct buffer b = BUFFER_INIT((size_t)2 * TEXT_BYTES_MAX);
        const json_t *note;
        char *whole;
        size_t i;

        if (t->verdict == VERDICT_NA)
                return TAKE_PTR(text);
        buffer_add(&b, text ? text : "");
        json_array_foreach(t->after, i, note) buffer_printf(&b, " %s", in_language(note, language));
        if (t->verdict == VERDICT_FAIL || t->verdict == VERDICT_UNKNOWN)
                json_array_foreach(t->notes, i, note)
                        buffer_printf(&b, " %s", in_language(note, language));
        whole = buffer_error(&b) == 0 ? buffer_take(&b) : NULL;
        buffer_done(&b);
        return whole ? whole : strdup("");
}

/* ---- declarations
 * ---------------------------------------------------------------------------------------------------
 */

struct declaration trial_tag(struct trial *t, const char *key)
{
        struct declaration d = declared_get(&t->subject->declared, key);

        trial_note_register(t, key);
        if (d.ended) {
                trial_set(t, "ended_place", "%s", json_member_string(d.ended, "place"));
                trial_set(t, "ended_owner", "%s", json_member_string(d.ended, "owner"));
                trial_set(t, "ended_on", "%s", json_member_string(d.ended, "until"));
                trial_note(t, "declaration-ended");
        }
        if (d.places) {
                trial_set_list(t, "places", d.places);
                trial_note(t, "declarations-differ");
        }
        return d;
}
