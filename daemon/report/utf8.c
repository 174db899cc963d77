#include "daemon/report/utf8.h"

size_t utf8_next(const char *text, uint32_t *ret)
{
        static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
        unsigned char first = (unsigned char)text[0];
        size_t n = first < 0x80       ? 1
                   : first >> 5 == 6  ? 2
                   : first >> 4 == 14 ? 3
                   : first >> 3 == 30 ? 4
                                      : 0;
        uint32_t code = n == 1 ? first : n ? first & (0xffU >> (n + 1)) : 0;

        for (size_t i = 1; i < n; i++) {
                unsigned char c = (unsigned char)text[i];

                if (c >> 6 != 2)
                        return 0;
                code = code << 6 | (c & 0x3f);
        }
        if (n == 0 || (n > 1 && code < smallest[n]) || code > 0x10ffff ||
            (code >= 0xd800 && code <= 0xdfff))
                return 0;
        *ret = code;
        return n;
}
