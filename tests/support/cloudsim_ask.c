#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/cloudsim_ask.h"

#include "daemon/base/json.h"

#include <string.h>

enum { ANSWER_MAX_BYTES = 16 * 1024 * 1024 };

void answer_done(struct answer *a)
{
        buffer_done(&a->head);
        buffer_done(&a->body);
        json_decref(a->json);
}

static size_t on_data(char *data, size_t one, size_t n, void *userdata)
{
        buffer_append(userdata, data, one * n);
        return one * n;
}

static struct curl_slist *headers_of(const struct question *q)
{
        struct curl_slist *list = NULL;

        for (size_t i = 0; i < CLOUDSIM_HEADERS_MAX && q->headers[i]; i++)
                list = curl_slist_append(list, q->headers[i]);
        return list;
}

struct answer cloudsim_ask(struct cloudsim *c, const struct question *q)
{
        struct answer a = { .head = BUFFER_INIT(ANSWER_MAX_BYTES),
                            .body = BUFFER_INIT(ANSWER_MAX_BYTES) };
        struct curl_slist *headers = headers_of(q), *to;
        char connect_to[64];
        CURL *curl = curl_easy_init();

        (void)snprintf(connect_to, sizeof(connect_to), "::%s", cloudsim_address(c));
        to = curl_slist_append(NULL, connect_to);
        (void)curl_easy_setopt(curl, CURLOPT_URL, q->url);
        (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
        (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, cloudsim_ca_file(c));
        if (strncmp(q->url, "https:", 6) == 0)
                (void)curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
        if (q->body)
                (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, q->body);
        if (q->method)
                (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, q->method);
        if (q->sign)
                (void)curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, q->sign);
        if (q->key)
                (void)curl_easy_setopt(curl, CURLOPT_USERPWD, q->key);
        (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &a.body);
        (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_data);
        (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, &a.head);
        a.code = curl_easy_perform(curl);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &a.status);
        curl_easy_cleanup(curl);
        curl_slist_free_all(headers);
        curl_slist_free_all(to);
        (void)json_parse(buffer_text(&a.body), a.body.size_bytes, &a.json, NULL);
        return a;
}

void cloudsim_expect(struct cloudsim *c, const struct question *q, long status, const char *says)
{
        struct answer a = cloudsim_ask(c, q);

        if (a.status != status || (says && !strstr(buffer_text(&a.body), says)))
                print_error("%s: %ld %s\n", q->url, a.status, buffer_text(&a.body));
        assert_int_equal(a.code, CURLE_OK);
        assert_int_equal(a.status, status);
        if (says)
                assert_non_null(strstr(buffer_text(&a.body), says));
        answer_done(&a);
}

struct question cloudsim_list_endpoints(const char *key, const char *body)
{
        return (struct question){
                .url = "https://api.sagemaker.eu-west-3.amazonaws.com/",
                .body = body,
                .headers = { JSON_1_1, "X-Amz-Target: SageMaker.ListEndpoints" },
                .sign = "aws:amz:eu-west-3:sagemaker",
                .key = key,
        };
}

size_t cloudsim_walk(struct cloudsim *c, struct question q, const char *items, size_t *ret_pages)
{
        char body[256] = "{}";
        size_t n = 0, pages = 0;

        while (*body && pages < 20) {
                struct answer a;
                const char *token;

                q.body = body;
                a = cloudsim_ask(c, &q);
                assert_int_equal(a.status, 200);
                n += json_array_size(json_object_get(a.json, items));
                token = json_member_string(a.json, "NextToken");
                if (!token)
                        token = json_member_string(a.json, "nextToken");
                *body = '\0';
                if (token)
                        (void)snprintf(body, sizeof(body), "{\"%s\": \"%s\"}",
                                       json_object_get(a.json, "NextToken") ? "NextToken"
                                                                            : "nextToken",
                                       token);
                answer_done(&a);
                pages++;
        }
        *ret_pages = pages;
        return n;
}

struct question cloudsim_scaleway(const char *url)
{
        return (struct question){ .url = url, .headers = { SCALEWAY_TOKEN } };
}
