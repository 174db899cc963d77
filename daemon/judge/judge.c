#include "daemon/judge/judge.h"

#include "daemon/base/json.h"
#include "daemon/base/list.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/subject.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

enum { ARITHMETIC_BYTES_MAX = 512 };

/* ---- does the rule concern it?
 * ---------------------------------------------------------------------------- */

static bool matches(char *const *patterns, const char *kind)
{
        for (; *patterns; patterns++)
                if (fnmatch(*patterns, kind, 0) == 0)
                        return true;
        return false;
}

static bool any_collected(char *const *facts, const struct resource *r)
{
        for (; *facts; facts++)
                if (trial_collected(r, *facts))
                        return true;
        return false;
}

static bool rule_concerns(const struct rule *rule, const struct resource *r)
{
        if (rule->types && !r->topic && !list_has(rule->types, r->service_type) &&
            !(rule->also_kinds && matches(rule->also_kinds, r->kind)))
                return false; /* evidence has no type: its topic was asked for */
        if (rule->kinds && !matches(rule->kinds, r->kind))
                return false;
        if (rule->not_kinds && matches(rule->not_kinds, r->kind))
                return false;
        return !rule->facts || any_collected(rule->facts, r);
}

/* ---- one trial
 * ---------------------------------------------------------------------------------------------- */

static int decide_absent(struct trial *t)
{
        static const enum verdict verdicts[] = { VERDICT_UNKNOWN, VERDICT_PASS, VERDICT_FAIL,
                                                 VERDICT_NA };

        trial_set_word(t, "cause", "findings", "absent");
        return trial_decide(t, verdicts[t->rule->when_absent], "absent");
}

/* What kinds tell differs, and so does what is asked of them. */
static bool row_concerns(const struct rule_row *row, const struct resource *r)
{
        return (!row->types || (r && list_has(row->types, r->service_type))) &&
               (!row->kinds || (r && matches(row->kinds, r->kind)));
}

static int decide_row(struct trial *t, const struct rule_row *row)
{
        t->severity = row->severity;
        t->applies_from = row->applies_from;
        return trial_decide(t, (enum verdict)row->verdict, row->why);
}

/* After a row that fails, if it holds, and of which that is not known: a later row that surely
 * fails does so either way. One that gives another verdict, or may, leaves it open. */
static bool fails_anyway(struct trial *t, size_t from)
{
        for (size_t i = from; i < t->rule->n_rows; i++) {
                const struct rule_row *row = &t->rule->rows[i];
                enum truth truth = row_concerns(row, t->subject->resource)
                                           ? condition_eval(&row->when, t)
                                           : TRUTH_NO;

                if (truth == TRUTH_NO)
                        continue;
                if (truth == TRUTH_ABSENT || row->verdict != VERDICT_FAIL)
                        return false;
                if (truth == TRUTH_YES)
                        return decide_row(t, row) == 0;
        }
        return false;
}

/* What the first row that is not settled said stays said, whatever was asked after it. */
static int decide_open(struct trial *t, size_t i)
{
        json_auto_t *vars = json_copy(t->vars);

        if (!vars)
                return -ENOMEM;
        if (t->rule->rows[i].verdict == VERDICT_FAIL && fails_anyway(t, i + 1))
                return 0;
        json_decref(t->vars);
        t->vars = json_incref(vars);
        return trial_decide(t, VERDICT_UNKNOWN, NULL);
}

/* The first row that holds decides. A row of which it is not known whether it holds ends the
 * search: what follows would be an answer to another question, unless it is the same. No row at all
 * is unknown, never pass. */
static int decide_rows(struct trial *t)
{
        const struct rule *rule = t->rule;

        for (size_t i = 0; i < rule->n_rows; i++) {
                if (!row_concerns(&rule->rows[i], t->subject->resource))
                        continue;
                switch (condition_eval(&rule->rows[i].when, t)) {
                case TRUTH_YES:
                        return decide_row(t, &rule->rows[i]);
                case TRUTH_NO:
                        continue;
                case TRUTH_ABSENT:
                        return decide_absent(t);
                case TRUTH_UNKNOWN:
                        return decide_open(t, i);
                }
        }
        trial_set_word(t, "cause", "findings", "undecided");
        return trial_decide(t, VERDICT_UNKNOWN, NULL);
}

/* The id of the date that the verdict goes by; NULL: none. */
static const char *date_of(const struct trial *t)
{
        const struct rule *rule = t->rule;
        bool concerns = !rule->applies_risk || list_has(rule->applies_risk, t->subject->risk);

        if (t->applies_from)
                return t->applies_from;
        return concerns ? rule->applies_from : NULL;
}

/* A profile, or a severity, instead of the rule's profile. */
static void weigh_as(const struct trial *t, struct severity_case *c, const char *word,
                     const char *key)
{
        if (!word)
                return;
        if (severity_has_profile(&t->judge->severity, word)) {
                c->profile = word;
                return;
        }
        c->profile = NULL;
        c->fixed = word;
        c->fixed_key = key;
}

static void weigh_by_date(const struct trial *t, struct severity_case *c)
{
        const char *id;
        json_t *profile;

        if (!t->of_date)
                return;
        json_object_foreach(t->rule->by_date, id, profile)
        {
                if (!law_state(t->judge->law, id, t->date_usec).upcoming)
                        weigh_as(t, c, json_string_value(profile), id);
        }
}

/* Of some risks and kinds of data a rule says more, and of some things from a day on. */
static void weigh_by_case(const struct trial *t, struct severity_case *c)
{
        weigh_by_date(t, c);
        weigh_as(t, c, json_member_string(t->rule->by_risk, c->risk), c->risk);
        if (c->data)
                weigh_as(t, c, json_member_string(t->rule->by_data, c->data), c->data);
}

static enum severity weigh(const struct trial *t, const struct law_state *law,
                           const struct waiver *waiver, struct buffer *sum)
{
        const struct rule *rule = t->rule;
        const struct subject *s = t->subject;
        const char *type = s->resource ? s->resource->service_type : NULL;
        const char *key = t->severity ? t->severity : type;
        const char *fixed = key ? json_member_string(rule->fixed, key) : NULL;
        bool step = law->upcoming && rule->only_ai_act &&
                    !t->judge->policy->treat_upcoming_as_applicable;
        struct severity_case c = {
                .profile = rule->profile,
                .fixed = fixed ? fixed : json_member_string(rule->fixed, "default"),
                .fixed_key = fixed ? key : NULL,
                .risk = s->risk,
                .service_type = type,
                .data = declared_value(&s->declared, "ai-act-data"),
                .env = declared_value(&s->declared, "ai-act-env"),
                .upcoming_id = step ? date_of(t) : NULL,
                .upcoming_date = step ? law->date : NULL,
                .no_type = rule->no_adjustment && list_has(rule->no_adjustment, "type"),
                .no_env = rule->no_adjustment && list_has(rule->no_adjustment, "env"),
                .waiver_id = waiver ? waiver_id(waiver) : NULL,
                .waiver_until = waiver ? waiver_until(waiver) : NULL,
        };

        weigh_by_case(t, &c);
        return severity_of(&t->judge->severity, &c, waiver ? VERDICT_WAIVED : t->verdict, sum);
}

/* Only a failed rule can be waived: what is not known stays so. A waiver that has ended is said. */
static const struct waiver *waiver_of(struct trial *t)
{
        const struct waiver *found, *ended = NULL;

        if (t->verdict != VERDICT_FAIL)
                return NULL;
        found = waivers_find(t->judge->waivers, t->rule->id, t->subject, t->date_usec, &ended);
        if (ended) {
                trial_set(t, "waiver", "%s", waiver_id(ended));
                trial_set(t, "waiver_owner", "%s", waiver_owner(ended));
                trial_set(t, "waiver_until", "%s", waiver_until(ended));
                trial_note(t, "waiver-ended");
        }
        return found;
}

static int hand_over(struct trial *t, judge_emit_fn emit, void *user)
{
        const struct subject *s = t->subject;
        const struct resource *r = s->resource;
        const struct waiver *waiver = waiver_of(t);
        json_auto_t *waived = waiver ? waiver_json(waiver) : NULL;
        _cleanup_(freep) char *en = trial_text(t, LANGUAGE_EN), *fr = trial_text(t, LANGUAGE_FR);
        struct law_state law = law_state(t->judge->law, date_of(t), t->date_usec);
        struct buffer sum = BUFFER_INIT(ARITHMETIC_BYTES_MAX);
        char key[RESOURCE_KEY_MAX];
        struct judgement out = {
                .rule = t->rule->id,
                .place = s->place,
                .kind = r ? r->kind : NULL,
                .resource_id = r ? r->id : NULL,
                .resource_key = r ? resource_key(r, key) : NULL,
                .verdict = waiver ? VERDICT_WAIVED : t->verdict,
                .why = { [LANGUAGE_EN] = en, [LANGUAGE_FR] = fr },
                .applies_from = law.date,
                .state = law.name,
                .facts = t->facts,
                .evidence = t->evidence,
                .waiver = waived,
        };
        int result;

        out.severity = weigh(t, &law, waiver, &sum);
        out.arithmetic = buffer_text(&sum);
        result = en && fr && t->failed == 0 && !waiver == !waived ? emit(user, &out) : -ENOMEM;
        buffer_done(&sum);
        return result;
}

struct bench {
        const struct judge *judge;
        const struct judge_view *view;
        const struct subject *subject;
        uint64_t date_usec;
        judge_emit_fn emit;
        void *user;
};

/* A check says "not applicable" of what it reads beside the tags; rows say it of them, too. */
static bool is_clean(const struct trial *t)
{
        return t->verdict == VERDICT_PASS || (t->verdict == VERDICT_NA && !t->rule->check);
}

static int try_rule(const struct bench *b, const struct rule *rule, struct error *err)
{
        struct trial t;
        int r = 0;

        trial_init(&t, b->judge, b->subject, b->date_usec);
        t.view = b->view;
        t.rule = rule;
        if (b->subject->resource && !rule_concerns(rule, b->subject->resource))
                (void)trial_decide(&t, VERDICT_NA, "not-concerned");
        else
                r = rule->check ? rule->check->run(&t) : decide_rows(&t);
        if (r >= 0 && t.doubt && is_clean(&t))
                r = trial_unknown(&t, "tags", t.doubt);
        if (r >= 0)
                r = t.failed;
        if (r >= 0)
                r = hand_over(&t, b->emit, b->user);
        trial_done(&t);
        return r < 0 ? error_set(err, r, "rule %s: %s", rule->id, strerror(-r)) : 0;
}

static bool is_subject(const struct rule *rule, const struct subject *s, enum rule_subject kind)
{
        if (rule->subject == RULE_RESOURCE && kind == RULE_SINK && rule->topics)
                return list_has(rule->topics, s->resource->topic);
        if (rule->subject != (int)kind)
                return false;
        if (kind == RULE_PLACE && *s->place.scope == '\0' && !rule->of_account)
                return false;
        return kind != RULE_SINK || list_has(rule->topics, s->resource->topic);
}

static int try_rules(const struct bench *b, enum rule_subject kind, struct error *err)
{
        const struct rules *rules = &b->judge->rules;

        for (size_t i = 0; i < rules->n; i++) {
                int r;

                if (!is_subject(rules->list[i], b->subject, kind))
                        continue;
                r = try_rule(b, rules->list[i], err);
                if (r < 0)
                        return r;
        }
        return 0;
}

int judge_resource(const struct judge *j, const struct judge_view *view, const struct resource *r,
                   uint64_t date_usec, judge_emit_fn emit, void *user, struct error *err)
{
        struct subject s = { 0 };
        struct bench b = { j, view, &s, date_usec, emit, user };
        int result = subject_of_resource(&s, j, view, r, date_usec);

        if (result == 0)
                result = try_rules(&b, r->topic ? RULE_SINK : RULE_RESOURCE, err);
        else
                error_oom(err);
        subject_done(&s);
        return result;
}

static int judge_where(const struct bench *b, struct subject *s, const struct place *place,
                       enum rule_subject kind, struct error *err)
{
        int r = subject_of_place(s, b->judge, place, b->date_usec);

        r = r == 0 ? try_rules(b, kind, err) : error_oom(err);
        subject_done(s);
        return r;
}

int judge_place(const struct judge *j, const struct judge_view *view, const struct place *place,
                uint64_t date_usec, judge_emit_fn emit, void *user, struct error *err)
{
        struct subject s = { 0 };
        struct bench b = { j, view, &s, date_usec, emit, user };

        return judge_where(&b, &s, place, RULE_PLACE, err);
}

int judge_scope(const struct judge *j, const struct judge_view *view, const struct place *place,
                uint64_t date_usec, judge_emit_fn emit, void *user, struct error *err)
{
        struct subject s = { 0 };
        struct bench b = { j, view, &s, date_usec, emit, user };
        struct place scope = *place;

        scope.region = "";
        return judge_where(&b, &s, &scope, RULE_SCOPE, err);
}
