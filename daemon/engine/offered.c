#include "daemon/engine/offered.h"

#include "daemon/base/clock.h"
#include "daemon/base/list.h"
#include "daemon/base/yaml.h"
#include "daemon/engine/catalogue.h"

#include <errno.h>
#include <string.h>

/* Older knowledge turns no refusal into an absence: providers open regions all the time. */
static const uint64_t good_for_usec = 366 * USEC_PER_DAY;

/* ---- the table --------------------------------------------------------------------------------
 */

static const struct yaml_field symptom_fields[] = {
        { .key = "code",
          .type = YAML_STRING,
          .offset = offsetof(struct symptom, code),
          .required = true },
        { .key = "text", .type = YAML_STRING, .offset = offsetof(struct symptom, text) },
        { .type = YAML_PLACE, .offset = offsetof(struct symptom, place) },
        { 0 },
};

#define CLAIM(k, t, ...)                                                                           \
        {                                                                                          \
                .key = k, .type = t, __VA_ARGS__                                                   \
        }
static const struct yaml_field claim_fields[] = {
        CLAIM("service", YAML_STRING, .offset = offsetof(struct claim, service), .required = true),
        CLAIM("calls", YAML_STRINGS, .offset = offsetof(struct claim, calls)),
        CLAIM("regions", YAML_STRINGS, .offset = offsetof(struct claim, regions)),
        CLAIM("not_in", YAML_STRINGS, .offset = offsetof(struct claim, not_in)),
        CLAIM("source", YAML_STRING, .offset = offsetof(struct claim, source), .required = true),
        CLAIM("checked", YAML_STRING, .offset = offsetof(struct claim, checked), .required = true),
        CLAIM("unverified", YAML_BOOL, .offset = offsetof(struct claim, unverified)),
        CLAIM("absent_when", YAML_LIST, .offset = offsetof(struct claim, absent_when),
              .fields = symptom_fields, .size = sizeof(struct symptom),
              .count_offset = offsetof(struct claim, n_absent_when)),
        CLAIM("note", YAML_SECTION, .offset = offsetof(struct claim, note), .fields = text_fields),
        { .type = YAML_PLACE, .offset = offsetof(struct claim, place) },
        { 0 },
};

static const struct yaml_field file_fields[] = {
        { .key = "provider",
          .type = YAML_STRING,
          .offset = offsetof(struct offered, provider),
          .required = true },
        { .key = "claims",
          .type = YAML_LIST,
          .offset = offsetof(struct offered, claims),
          .fields = claim_fields,
          .size = sizeof(struct claim),
          .count_offset = offsetof(struct offered, n_claims) },
        { 0 },
};

struct offered *offered_free(struct offered *o)
{
        if (!o)
                return NULL;
        for (size_t i = 0; i < o->n_claims; i++)
                for (size_t k = 0; k < o->claims[i].n_absent_when; k++)
                        if (o->claims[i].absent_when[k].regex) {
                                regfree(o->claims[i].absent_when[k].regex);
                                free(o->claims[i].absent_when[k].regex);
                        }
        yaml_unbind(file_fields, o);
        free(o);
        return NULL;
}
DEFINE_CLEANUP(struct offered *, offered_free);

/* ---- checking ---------------------------------------------------------------------------------
 */

static const struct service *service_of(const struct catalogue *c, const char *id)
{
        for (size_t i = 0; i < c->n_services; i++)
                if (strcmp(c->services[i]->id, id) == 0)
                        return c->services[i];
        return NULL;
}

static bool service_has_call(const struct service *s, const char *name)
{
        for (size_t i = 0; i < s->n_collectors; i++) {
                const struct collector *c = &s->collectors[i];

                if (c->list.name && strcmp(c->list.name, name) == 0)
                        return true;
                for (size_t k = 0; k < c->n_detail; k++)
                        if (strcmp(c->detail[k].name, name) == 0)
                                return true;
        }
        return false;
}

static int check_service(const struct yaml *y, const struct catalogue *c,
                         const struct provider *provider, struct claim *claim, struct error *err)
{
        struct yaml_place place = yaml_place_of(y, claim->place, "service");
        size_t length = strlen(provider->name);

        if (strncmp(claim->service, provider->name, length) != 0 || claim->service[length] != '.')
                return yaml_error_at(y, place, err, "service '%s' must begin with '%s.'",
                                     claim->service, provider->name);
        claim->of = service_of(c, claim->service);
        if (!claim->of)
                return yaml_error_at(y, place, err, "no service '%s' in the catalogue",
                                     claim->service);
        for (char **call = claim->calls; call && *call; call++)
                if (!service_has_call(claim->of, *call))
                        return yaml_error_at(y, yaml_place_of(y, claim->place, "calls"), err,
                                             "%s makes no call '%s'", claim->service, *call);
        return 0;
}

/* not_in: ["*"] says that regions: is the whole of it. */
static bool is_everywhere_else(const char *region)
{
        return strcmp(region, "*") == 0;
}

static int check_regions(const struct yaml *y, const struct claim *claim, struct error *err)
{
        static const char code[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
        char *const *const lists[] = { claim->regions, claim->not_in };
        const char *const keys[] = { "regions", "not_in" };

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                for (char *const *region = lists[i]; region && *region; region++)
                        if (!(lists[i] == claim->not_in && is_everywhere_else(*region)) &&
                            (*region)[strspn(*region, code)] != '\0')
                                return yaml_error_at(y, yaml_place_of(y, claim->place, keys[i]),
                                                     err, "'%s' is no region", *region);
        for (char *const *region = claim->not_in; region && *region; region++)
                if (list_has(claim->regions, *region))
                        return yaml_error_at(y, yaml_place_of(y, claim->place, "not_in"), err,
                                             "'%s' stands in 'regions' and in 'not_in'", *region);
        if (!claim->regions && !claim->not_in)
                return yaml_error_at(y, claim->place, err, "needs 'regions' or 'not_in'");
        if (claim->n_absent_when > 0 && !claim->not_in)
                return yaml_error_at(y, yaml_place_of(y, claim->place, "absent_when"), err,
                                     "'absent_when' without 'not_in' says nothing");
        return 0;
}

static int check_symptom(const struct yaml *y, struct symptom *s, struct error *err)
{
        if (!s->text)
                return 0;
        s->regex = calloc(1, sizeof(*s->regex));
        if (!s->regex)
                return error_oom(err);
        if (regcomp(s->regex, s->text, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0)
                return 0;
        free(s->regex);
        s->regex = NULL;
        return yaml_error_at(y, yaml_place_of(y, s->place, "text"), err,
                             "'%s' is no regular expression", s->text);
}

static int check_claim(const struct yaml *y, const struct catalogue *c,
                       const struct provider *provider, struct claim *claim, struct error *err)
{
        int r = check_service(y, c, provider, claim, err);

        if (r == 0)
                r = check_regions(y, claim, err);
        if (r == 0 && clock_parse_iso8601(claim->checked, &claim->checked_usec) < 0)
                r = yaml_error_at(y, yaml_place_of(y, claim->place, "checked"), err,
                                  "'%s' is no date", claim->checked);
        for (size_t i = 0; i < claim->n_absent_when && r == 0; i++)
                r = check_symptom(y, &claim->absent_when[i], err);
        return r;
}

static int file_load(struct offered **ret, const struct catalogue *c,
                     const struct provider *provider, struct files *files, const char *path,
                     struct error *err)
{
        _cleanup_(offered_freep) struct offered *o = calloc(1, sizeof(*o));
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r;

        if (!o)
                return error_oom(err);
        r = files_yaml(files, path, &y, NULL, err);
        if (r == 0)
                r = yaml_bind(y, file_fields, o, err);
        if (r == 0 && strcmp(o->provider, provider->name) != 0)
                r = yaml_error_at(y, yaml_place_of(y, (struct yaml_place){ 0 }, "provider"), err,
                                  "this is the file of '%s'", provider->name);
        for (size_t i = 0; i < o->n_claims && r == 0; i++)
                r = check_claim(y, c, provider, &o->claims[i], err);
        if (r == 0)
                *ret = TAKE_PTR(o);
        return r;
}

int offered_load(struct offered **ret, const struct catalogue *c, const struct provider *provider,
                 const struct catalogue_source *from, struct error *err)
{
        const char *const dirs[] = { from->overrides_dir, from->data_dir };

        for (size_t i = 0; i < ELEMENTSOF(dirs); i++) {
                _cleanup_(freep) char *path = NULL;
                struct error unread = { 0 };
                int r;

                if (!dirs[i])
                        continue;
                if (asprintf(&path, "%s/offered/%s.yaml", dirs[i], provider->name) < 0) {
                        path = NULL;
                        return error_oom(err);
                }
                r = file_load(ret, c, provider, from->files, path, &unread);
                if (r != -ENOENT)
                        return r < 0 ? error_set(err, r, "%s", unread.text) : 0;
        }
        return 0;
}

/* ---- asking -----------------------------------------------------------------------------------
 */

/* What is said of the call itself wins over what is said of its whole service. */
static const struct claim *claim_on(const struct catalogue *c, const struct call *call,
                                    const char *region, bool of_call, bool *ret_offered)
{
        const struct claim *found = NULL;

        for (size_t i = 0; i < c->n_offered; i++)
                for (size_t k = 0; k < c->offered[i]->n_claims; k++) {
                        const struct claim *claim = &c->offered[i]->claims[k];

                        if (claim->of != call->service || !claim->calls == of_call ||
                            (of_call && !list_has(claim->calls, call->name)))
                                continue;
                        *ret_offered = list_has(claim->regions, region);
                        if (*ret_offered) /* sources that disagree: it may be there */
                                return claim;
                        if (list_has(claim->not_in, region) || list_has(claim->not_in, "*"))
                                found = claim;
                }
        return found;
}

static bool symptom_matches(const struct claim *claim, const struct reply_meaning *meaning)
{
        for (size_t i = 0; i < claim->n_absent_when; i++) {
                const struct symptom *s = &claim->absent_when[i];

                if (strcmp(s->code, meaning->code) == 0 &&
                    (!s->regex || regexec(s->regex, meaning->text, 0, NULL, 0) == 0))
                        return true;
        }
        return false;
}

static bool is_ambiguous(const struct reply_meaning *meaning)
{
        if (meaning->stated)
                return false;
        return meaning->kind == REPLY_DENIED || meaning->kind == REPLY_REFUSED ||
               meaning->kind == REPLY_TRANSIENT;
}

static void say(struct reply_meaning *meaning, const struct claim *claim, const char *region,
                const char *what)
{
        char said[sizeof(meaning->text)];

        memcpy(said, meaning->text, sizeof(said));
        (void)snprintf(meaning->text, sizeof(meaning->text),
                       "%.150s%s%s %s (%.90s%s, checked %.10s)", said, said[0] ? "; " : "", what,
                       region, claim->source, claim->unverified ? ", unverified" : "",
                       claim->checked);
}

void offered_read(const struct catalogue *c, const struct call *call, const char *region,
                  uint64_t now_usec, struct reply_meaning *meaning)
{
        bool offered = false, old;
        const struct claim *claim = claim_on(c, call, region, true, &offered);

        if (!claim)
                claim = claim_on(c, call, region, false, &offered);
        if (!claim)
                return;
        if (offered) {
                if (meaning->kind != REPLY_ABSENT || meaning->stated)
                        return;
                meaning->kind = REPLY_REFUSED;
                say(meaning, claim, region, "a reply that says nothing, where it is offered:");
                return;
        }
        if (!is_ambiguous(meaning))
                return;
        old = now_usec > claim->checked_usec && now_usec - claim->checked_usec > good_for_usec;
        if (!symptom_matches(claim, meaning))
                say(meaning, claim, region, "perhaps not offered in");
        else if (old)
                say(meaning, claim, region, "was not offered, more than a year ago, in");
        else {
                meaning->kind = REPLY_ABSENT;
                say(meaning, claim, region, "not offered in");
        }
}
