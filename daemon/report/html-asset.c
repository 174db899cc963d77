/* The page's head, its style and its script: files beside this one, part of the program so that a
 * page never lacks them, and so that their digests and they cannot differ. */
#include "daemon/base/digest.h"
#include "daemon/base/version.h"
#include "daemon/report/html.h"

#include <openssl/evp.h>
#include <string.h>

/* The assembler reads them, from the top of the sources. */
#define EMBED(name, file)                                                                          \
        __asm__(".section .rodata\n"                                                               \
                ".global html_" name "_text\n"                                                     \
                "html_" name "_text:\n"                                                            \
                ".incbin \"daemon/report/" file "\"\n"                                             \
                ".byte 0\n"                                                                        \
                ".previous\n")

EMBED("style", "report.css");
EMBED("script", "report.js");

extern const char html_style_text[], html_script_text[];

const char *html_style(void)
{
        return html_style_text;
}

const char *html_script(void)
{
        return html_script_text;
}

char *html_hash(const char *text, char hash[static HTML_HASH_MAX])
{
        unsigned char digest[SHA256_BYTES];

        digest_sha256(text, strlen(text), digest);
        (void)EVP_EncodeBlock((unsigned char *)hash, digest, sizeof(digest));
        return hash;
}

char *html_plain_policy(const char *style, char text[static REPORT_POLICY_MAX])
{
        char hash[HTML_HASH_MAX];

        (void)snprintf(text, REPORT_POLICY_MAX,
                       "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action "
                       "'none'",
                       html_hash(style, hash));
        return text;
}

void html_begin(const struct html *h, enum language language, const char *title, const char *policy,
                const char *style)
{
        html_put(h, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                 language == LANGUAGE_FR ? "fr" : "en");
        html_put(h, "<meta http-equiv=\"Content-Security-Policy\" content=\"");
        (void)fputs(policy, h->out); /* its quotes as they are */
        html_put(h,
                 "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"generator\" content=\"vigie %s\">\n"
                 "<meta name=\"referrer\" content=\"no-referrer\">\n<title>%s</title>\n<style>",
                 VIGIE_VERSION, title);
        (void)fputs(style, h->out); /* hashed as it stands */
        html_put(h, "</style>\n</head>\n<body>\n");
}
