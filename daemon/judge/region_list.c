#include "daemon/judge/region_list.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <strings.h>

void trial_set_areas(struct trial *t, char **areas)
{
        json_t *list = json_array();

        for (char **a = areas; list && *a; a++)
                (void)json_array_append_new(list, json_string(*a));
        trial_set_list(t, "areas", list);
        json_decref(list);
}

void verdict_of_regions_done(struct verdict_of_regions *v)
{
        json_decref(v->outside);
        json_decref(v->unmapped);
        *v = (struct verdict_of_regions){ 0 };
}

int trial_judge_regions(struct trial *t, const json_t *regions, char **areas,
                        struct verdict_of_regions *ret)
{
        json_t *element;
        size_t i;

        *ret = (struct verdict_of_regions){ .outside = json_array(), .unmapped = json_array() };
        if (!ret->outside || !ret->unmapped)
                return t->failed = -ENOMEM;
        json_array_foreach((json_t *)regions, i, element)
        {
                const char *region = json_string_value(element);
                enum within w;

                if (!region) {
                        (void)json_array_append_new(ret->unmapped, json_string("?"));
                        continue;
                }
                if (regions_is_placeless(region)) {
                        ret->anywhere = true;
                        (void)json_array_append(ret->outside, element);
                        continue;
                }
                w = regions_within(t->judge->regions, t->subject->place.provider, region,
                                   (const char *const *)areas, t->date_usec);
                if (w != WITHIN_YES)
                        (void)json_array_append(w == WITHIN_NO ? ret->outside : ret->unmapped,
                                                element);
        }
        return 0;
}

int region_list_add(struct trial *t, json_t *list, const json_t *region)
{
        const char *code = json_string_value(region);
        json_t *there;
        size_t i;

        json_array_foreach(list, i, there)
        {
                if (code && json_is_string(there) &&
                    strcasecmp(json_string_value(there), code) == 0)
                        return 0;
        }
        return json_array_append(list, (json_t *)region) < 0 ? (t->failed = -ENOMEM) : 0;
}

int trial_decide_regions(struct trial *t, const json_t *regions, const char *pass, const char *fail)
{
        struct verdict_of_regions v = { 0 };
        _cleanup_(areas_freep) char **areas = NULL;
        const char *cause = NULL;
        int r;

        r = trial_areas(t, &areas, &cause);
        if (r < 0)
                return r;
        if (r == 0)
                return trial_unknown(t, "ai-act-area", cause);
        trial_set_areas(t, areas);
        trial_set_list(t, "regions", regions);
        r = trial_judge_regions(t, regions, areas, &v);
        if (r == 0) {
                trial_set_list(t, "outside", v.outside);
                trial_set_list(t, "unmapped", v.unmapped);
                if (v.anywhere)
                        r = trial_decide(t, VERDICT_FAIL, "anywhere");
                else if (json_array_size(v.outside) > 0)
                        r = trial_decide(t, VERDICT_FAIL, fail);
                else if (json_array_size(v.unmapped) > 0)
                        r = trial_decide(t, VERDICT_UNKNOWN, "unmapped");
                else
                        r = trial_decide(t, VERDICT_PASS, pass);
        }
        verdict_of_regions_done(&v);
        return r;
}

json_t *region_list_of(const json_t *value)
{
        return json_is_array(value) ? json_incref((json_t *)value)
                                    : json_pack("[O]", (json_t *)value);
}
