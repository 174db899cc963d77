#include "tests/cloudsim/rest.h"

#include <errno.h>
#include <fnmatch.h>
#include <openssl/rand.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/identity.h"

enum { TOKEN_CHARS = 96 };

/* ---- what exists -------------------------------------------------------------------------------
 */

static bool same(const char *a, const char *b, bool fold)
{
        return fold ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

static const char *last_word(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* By the last word of what the item calls itself, or (word NULL) by its whole id. */
static bool is_called(const json_t *item, const char *word, const char *path, bool fold)
{
        static const char *const names[] = { "id", "name", "selfLink", "namespace" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const char *name = json_member_string(item, names[i]);

                if (name && word && same(last_word(name), word, fold))
                        return true;
                if (name && !word && i == 0 && same(name, path, fold))
                        return true;
        }
        return false;
}

static bool find_item(const json_t *list, const char *word, const char *path, bool fold,
                      json_t **ret)
{
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item)
        {
                if (is_called(item, word, path, fold)) {
                        *ret = item;
                        return true;
                }
        }
        return false;
}

/* The value itself is the list, or its members are. */
static bool find_in(json_t *value, const char *word, const char *path, bool fold, json_t **ret)
{
        const char *key;
        json_t *member;

        if (json_is_array(value))
                return find_item(value, word, path, fold, ret);
        json_object_foreach(value, key, member)
        {
                if (find_item(member, word, path, fold, ret))
                        return true;
        }
        return false;
}

static bool find_key(const json_t *resources, const char *path, bool fold, struct rest_found *ret)
{
        json_t *exact = json_object_get(resources, path), *value;
        const char *key;

        if (exact && !fold) {
                *ret = (struct rest_found){ path, exact, false };
                return true;
        }
        json_object_foreach((json_t *)resources, key, value)
        {
                if (same(key, path, fold)) {
                        *ret = (struct rest_found){ key, value, false };
                        return true;
                }
        }
        return false;
}

bool rest_find(const json_t *resources, const char *path, bool fold, struct rest_found *ret)
{
        const char *word = last_word(path), *key;
        _cleanup_(freep) char *above = strndup(path, word > path ? (size_t)(word - path - 1) : 0);
        json_t *value, *item;

        if (find_key(resources, path, fold, ret))
                return true;
        if (above && find_key(resources, above, fold, ret) &&
            find_in(ret->value, word, path, fold, &item)) {
                *ret = (struct rest_found){ ret->key, item, true };
                return true;
        }
        json_object_foreach((json_t *)resources, key, value)
        {
                if (find_in(value, NULL, path, fold, &item)) {
                        *ret = (struct rest_found){ key, item, true };
                        return true;
                }
        }
        return false;
}

bool rest_knows(const json_t *resources, const char *path, bool fold)
{
        size_t n = strlen(path);
        struct rest_found found;
        const char *key;
        json_t *value;

        if (rest_find(resources, path, fold, &found))
                return true;
        json_object_foreach((json_t *)resources, key, value)
        {
                if (strlen(key) > n && key[n] == '/' &&
                    (fold ? strncasecmp(key, path, n) : strncmp(key, path, n)) == 0)
                        return true;
        }
        return false;
}

char *rest_path(const struct request *q)
{
        return request_decode(q->path, strlen(q->path));
}

bool rest_world_error(struct request *q, const json_t *value, rest_error_fn *error)
{
        const json_t *stated = json_object_get(value, "error");
        json_int_t status = json_integer_value(json_object_get(stated, "status"));

        if (status <= 0)
                return false;
        error(q, (unsigned)status, json_member_string(stated, "code"),
              json_member_string(stated, "message"));
        return true;
}

/* ---- lists -------------------------------------------------------------------------------------
 */

json_t *rest_page(struct request *q, const struct rest_paging *p, const json_t *items,
                  char next[static TOKEN_TEXT_MAX], int *ret_error)
{
        struct page page;
        int r = page_begin(q, p->token_param, p->size_param, p->size_max, &page);

        next[0] = '\0';
        *ret_error = r;
        if (r < 0)
                return NULL;
        page_end(q, p->token_param, p->size_param, json_array_size(items), &page);
        (void)snprintf(next, TOKEN_TEXT_MAX, "%s", page.next);
        return page_slice(&page, items);
}

/* ---- who asks ----------------------------------------------------------------------------------
 */

const char *rest_issue(struct sim *s, json_t *identity, uint64_t lifetime_usec)
{
        static const char letters[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        unsigned char bytes[TOKEN_CHARS];
        char token[8 + TOKEN_CHARS] = "eyJ0.";
        size_t n = strlen(token);

        (void)RAND_bytes(bytes, sizeof(bytes));
        for (size_t i = 0; i < TOKEN_CHARS; i++)
                token[n++] = letters[bytes[i] & 63];
        token[n] = '\0';
        (void)json_object_set_new(
                identity, "expires_usec",
                json_integer((json_int_t)sim_now_usec(s) + (json_int_t)lifetime_usec));
        (void)json_object_set_new(s->issued, token, identity);
        return json_object_iter_key(json_object_iter_at(s->issued, token));
}

const json_t *rest_bearer(struct request *q)
{
        const char *header = request_header(q, "Authorization");
        const char *token = header && strncasecmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
        const json_t *identity = token ? json_object_get(q->sim->issued, token) : NULL;

        if (identity)
                (void)snprintf(q->access_key, sizeof(q->access_key), "%s", token);
        return identity;
}

bool rest_bearer_expired(const struct request *q, const json_t *identity)
{
        return identity_expired(q->sim, q->access_key, identity);
}

static void count(struct request *q, const char *action)
{
        json_t *actions = json_object_get(q->sim->actions, q->account);
        json_int_t calls = json_integer_value(json_object_get(actions, action));

        if (!actions) {
                actions = json_object();
                (void)json_object_set_new(q->sim->actions, q->account, actions);
        }
        (void)json_object_set_new(actions, action, json_integer(calls + 1));
}

bool rest_allows(struct request *q, const json_t *patterns, const char *action)
{
        bool allowed = !patterns;
        const json_t *pattern;
        size_t i;

        json_array_foreach(patterns, i, pattern)
        {
                const char *text = json_string_value(pattern);

                allowed |= text && fnmatch(text, action, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
        }
        if (allowed)
                count(q, action);
        return allowed;
}
