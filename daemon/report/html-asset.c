/* The page's style and script: files beside this one, part of the program so that a page never
 * lacks them, and so that their digests and they cannot differ. */
#include "daemon/base/digest.h"
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
