/* How registers are read, and what is refused in them. */
#include "daemon/base/clock.h"
#include "daemon/base/nearest.h"
#include "daemon/judge/register.h"

#include <errno.h>
#include <string.h>

#define MATCH(member_)                                                                             \
        {                                                                                          \
                .key = #member_, .type = YAML_STRINGS,                                             \
                .offset = offsetof(struct register_match, member_)                                 \
        }

static const struct yaml_field match_fields[] = {
        MATCH(provider), MATCH(account),
        MATCH(scope),    MATCH(region),
        MATCH(kind),     MATCH(offer),
        MATCH(system),   { .type = YAML_PLACE, .offset = offsetof(struct register_match, place) },
        { 0 },
};

#define ENTRY(type_, member_, ...)                                                                 \
        {                                                                                          \
                .key = #member_, .type = type_,                                                    \
                .offset = offsetof(struct register_entry, member_), ##__VA_ARGS__                  \
        }
/* of every entry, whatever it is */
#define COMMON(match_required_)                                                                    \
        ENTRY(YAML_STRING, id, .required = true), ENTRY(YAML_STRING, owner, .required = true),     \
                ENTRY(YAML_STRING, proof, .required = true),                                       \
                ENTRY(YAML_STRING, date, .required = true), ENTRY(YAML_STRING, valid_until),       \
                ENTRY(YAML_STRING, review), ENTRY(YAML_STRING, note),                              \
                ENTRY(YAML_SECTION, applies_to, .fields = match_fields,                            \
                      .required = (match_required_)),                                              \
        {                                                                                          \
                .type = YAML_PLACE, .offset = offsetof(struct register_entry, place)               \
        }

static const struct yaml_field contract_fields[] = {
        COMMON(true),
        ENTRY(YAML_STRINGS, clauses, .required = true),
        { 0 },
};

static const struct yaml_field training_fields[] = {
        COMMON(false),
        ENTRY(YAML_STRING, team, .required = true),
        ENTRY(YAML_STRING, content, .required = true),
        ENTRY(YAML_UINT, people, .required = true, .min = 1),
        ENTRY(YAML_STRING, next),
        { 0 },
};

static const struct yaml_field security_test_fields[] = {
        COMMON(true),
        ENTRY(YAML_ENUM, test, .required = true, .names = register_tests),
        ENTRY(YAML_ENUM, outcome, .required = true, .names = register_outcomes),
        ENTRY(YAML_STRING, next),
        { 0 },
};

static const struct yaml_field certificate_fields[] = {
        COMMON(true),
        ENTRY(YAML_STRING, scheme, .required = true),
        { 0 },
};

static const struct yaml_field incident_contact_fields[] = {
        COMMON(false),
        ENTRY(YAML_ENUM, reach, .required = true, .names = register_reaches),
        ENTRY(YAML_STRING, contact, .required = true),
        ENTRY(YAML_STRING, procedure, .required = true),
        ENTRY(YAML_STRING, tested),
        { 0 },
};

static const struct yaml_field transfer_fields[] = {
        COMMON(true),
        ENTRY(YAML_STRINGS, instruments, .required = true),
        { 0 },
};

static const struct yaml_field assessment_fields[] = {
        COMMON(true),
        ENTRY(YAML_ENUM, assessment, .required = true, .names = register_assessments),
        { 0 },
};

#define LIST(key_, kind_, fields_)                                                                 \
        [kind_] = { .key = key_,                                                                   \
                    .type = YAML_LIST,                                                             \
                    .offset = offsetof(struct registers, of[kind_].rows),                          \
                    .count_offset = offsetof(struct registers, of[kind_].n),                       \
                    .fields = fields_,                                                             \
                    .size = sizeof(struct register_entry) }

static const struct yaml_field file_fields[REGISTER_KIND_MAX + 1] = {
        LIST("contracts", REGISTER_CONTRACT, contract_fields),
        LIST("training", REGISTER_TRAINING, training_fields),
        LIST("security_tests", REGISTER_SECURITY_TEST, security_test_fields),
        LIST("certificates", REGISTER_CERTIFICATE, certificate_fields),
        LIST("incident_contacts", REGISTER_INCIDENT_CONTACT, incident_contact_fields),
        LIST("transfers", REGISTER_TRANSFER, transfer_fields),
        LIST("assessments", REGISTER_ASSESSMENT, assessment_fields),
};

const char *register_kind_name(enum register_kind kind)
{
        return file_fields[kind].key;
}

/* ---- checking ----------------------------------------------------------------------------------
 */

/* One file while it is read. */
struct reading {
        struct registers *registers;
        const struct jurisdictions *jurisdictions;
        const struct yaml *y;
        struct error *err;
};

static int refuse(const struct reading *in, const struct register_entry *e, const char *key,
                  const char *text, const char *why)
{
        return yaml_error_at(in->y, yaml_place_of(in->y, e->place, key), in->err, "'%s': '%s' %s",
                             key, text, why);
}

/* text NULL: nothing is done. */
static int check_date(const struct reading *in, const struct register_entry *e, const char *key,
                      const char *text, uint64_t *ret_usec)
{
        if (text && 0 > clock_parse_day(text, ret_usec))
                return refuse(in, e, key, text, "is no date (YYYY-MM-DD)");
        return 0;
}

static int check_text(const struct reading *in, const struct register_entry *e, const char *key,
                      const char *text)
{
        return text && text[strspn(text, " \t")] == '\0' ? refuse(in, e, key, text, "says nothing")
                                                         : 0;
}

static int check_words(const struct reading *in, const struct register_entry *e, const char *key,
                       char *const *words, const char *const *known)
{
        for (; words && *words; words++) {
                struct nearest near = NEAREST_TO(*words);
                const char *const *k = known;

                while (*k && strcmp(*k, *words) != 0)
                        nearest_offer(&near, *k++);
                if (*k)
                        continue;
                if (near.best)
                        return yaml_error_at(in->y, yaml_place_of(in->y, e->place, key), in->err,
                                             "'%s': '%s' is none; did you mean '%s'?", key, *words,
                                             near.best);
                return yaml_error_at(in->y, yaml_place_of(in->y, e->place, key), in->err,
                                     "'%s': '%s' is none of %s", key, *words, near.offered);
        }
        return 0;
}

/* A lone file of the same entry twice, or two files with one: which one counts is not for us to
 * guess. */
static int check_id(const struct reading *in, const struct register_entry *e)
{
        for (int k = 0; k < REGISTER_KIND_MAX; k++) {
                const struct register_list *list = &in->registers->of[k];

                for (size_t i = 0; i < list->n; i++) {
                        const struct register_entry *other = &list->rows[i];

                        if (other == e || !other->file || strcmp(other->id, e->id) != 0)
                                continue;
                        return yaml_error_at(in->y, yaml_place_of(in->y, e->place, "id"), in->err,
                                             "'id': '%s' stands at %s:%d, too: give each entry an "
                                             "id of its own",
                                             e->id, other->file, other->place.line);
                }
        }
        return 0;
}

/* It ends with what comes first. */
static int check_dates(const struct reading *in, struct register_entry *e)
{
        uint64_t until = 0, review = 0, usec;
        int r = check_date(in, e, "date", e->date, &e->date_usec);

        if (r == 0)
                r = check_date(in, e, "valid_until", e->valid_until, &until);
        if (r == 0)
                r = check_date(in, e, "review", e->review, &review);
        if (r == 0)
                r = check_date(in, e, "next", e->next, &usec);
        if (r == 0)
                r = check_date(in, e, "tested", e->tested, &usec);
        if (r < 0)
                return r;
        if (!e->valid_until && !e->review)
                return yaml_error_at(
                        in->y, e->place, in->err,
                        "'%s' needs 'valid_until' or 'review': nothing counts for ever", e->id);
        if (e->valid_until && until < e->date_usec)
                return refuse(in, e, "valid_until", e->valid_until, "is before 'date'");
        if (e->review && review < e->date_usec)
                return refuse(in, e, "review", e->review, "is before 'date'");
        e->ends_by_review = !e->valid_until || (e->review && review < until);
        e->end_usec = (e->ends_by_review ? review : until) + USEC_PER_DAY;
        return 0;
}

static bool match_is_empty(const struct register_match *m)
{
        return !m->provider && !m->account && !m->scope && !m->region && !m->kind && !m->offer &&
               !m->system;
}

static int check_match(const struct reading *in, const struct register_entry *e)
{
        const struct register_match *m = &e->applies_to;

        if (m->place.line > 0 && match_is_empty(m))
                return yaml_error_at(in->y, m->place, in->err,
                                     "'applies_to' needs one of provider, account, scope, region, "
                                     "kind, offer, system; provider: \"*\" is everything");
        return 0;
}

/* A certificate without scope or end is the brand's, and says nothing of this use. */
static int check_certificate(const struct reading *in, struct register_entry *e)
{
        if (!e->valid_until)
                return yaml_error_at(in->y, e->place, in->err,
                                     "certificate '%s' needs 'valid_until'", e->id);
        if (!e->applies_to.kind || !e->applies_to.region)
                return yaml_error_at(in->y, e->applies_to.place, in->err,
                                     "certificate '%s' needs 'kind' and 'region' in 'applies_to', "
                                     "as its scope has them; \"*\" is all",
                                     e->id);
        e->of = jurisdictions_required(in->jurisdictions, e->scheme, &e->level);
        return e->of ? 0
                     : refuse(in, e, "scheme", e->scheme,
                              "is no scheme that ai-act-required can ask for (secnumcloud, hds, "
                              "c5, iso27001, seal-3…)");
}

static int check_entry(const struct reading *in, struct register_entry *e)
{
        const struct {
                const char *key, *text;
        } texts[] = { { "id", e->id },
                      { "owner", e->owner },
                      { "proof", e->proof },
                      { "team", e->team },
                      { "content", e->content },
                      { "contact", e->contact },
                      { "procedure", e->procedure } };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTSOF(texts); i++)
                r = check_text(in, e, texts[i].key, texts[i].text);
        if (r == 0)
                r = check_id(in, e);
        if (r == 0)
                r = check_dates(in, e);
        if (r == 0)
                r = check_match(in, e);
        if (r == 0)
                r = check_words(in, e, "clauses", e->clauses, register_clauses);
        if (r == 0)
                r = check_words(in, e, "instruments", e->instruments, register_instruments);
        if (r == 0 && e->kind == REGISTER_CERTIFICATE)
                r = check_certificate(in, e);
        return r;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static const char *add_file(struct registers *registers, const char *name)
{
        char **grown = reallocarray(registers->files, registers->n_files + 1, sizeof(*grown));

        if (!grown)
                return NULL;
        registers->files = grown;
        grown[registers->n_files] = strdup(name);
        return grown[registers->n_files] ? grown[registers->n_files++] : NULL;
}

static int read_list(const struct reading *in, enum register_kind kind, size_t before,
                     const char *file)
{
        struct register_list *list = &in->registers->of[kind];

        for (size_t i = before; i < list->n; i++) {
                struct register_entry *e = &list->rows[i];
                int r;

                e->kind = kind;
                e->file = file;
                r = check_entry(in, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

struct loading {
        struct registers *registers;
        const struct jurisdictions *jurisdictions;
};

static int read_file(void *user, const char *name, const struct yaml *y, struct error *err)
{
        const struct loading *l = user;
        const struct reading in = { l->registers, l->jurisdictions, y, err };
        const char *file = add_file(l->registers, yaml_name(y));
        size_t before[REGISTER_KIND_MAX];
        int r;

        (void)name;
        if (!file)
                return error_oom(err);
        for (int k = 0; k < REGISTER_KIND_MAX; k++)
                before[k] = l->registers->of[k].n;
        r = yaml_bind(y, file_fields, l->registers, err);
        for (int k = 0; r == 0 && k < REGISTER_KIND_MAX; k++)
                r = read_list(&in, (enum register_kind)k, before[k], file);
        return r;
}

int registers_load(struct registers **ret, const struct jurisdictions *jurisdictions,
                   struct data *data, struct error *err)
{
        _cleanup_(registers_freep) struct registers *registers = calloc(1, sizeof(*registers));
        struct loading l = { registers, jurisdictions };
        int r;

        if (!registers)
                return error_oom(err);
        r = data_each_own(data, "registers", read_file, &l, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(registers);
        return 0;
}

struct registers *registers_free(struct registers *r)
{
        if (!r)
                return NULL;
        yaml_unbind(file_fields, r);
        for (size_t i = 0; i < r->n_files; i++)
                free(r->files[i]);
        free(r->files);
        free(r);
        return NULL;
}
