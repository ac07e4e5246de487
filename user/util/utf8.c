/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/utf8.h"

#include <string.h>

size_t utf8_character(const char *text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t value = bytes[0];
	size_t len = value < 0x80 ? 1 : value < 0xe0 ? 2 : value < 0xf0 ? 3 : 4;

	if (len > 1 && (value < 0xc2 || value > 0xf4))
		return 0;
	if (len > 1)
		value &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[len] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	if (code)
		*code = value;
	return len;
}

char *utf8_clean(char *to, size_t len, const char *from)
{
	size_t at = 0;

	while (*from) {
		size_t size = utf8_character(from, NULL);
		const char *bytes = size ? from : "?";

		if (!size)
			size = 1;
		if (at + size >= len)
			break;
		memcpy(to + at, bytes, size);
		at += size;
		from += size;
	}
	to[at] = '\0';
	return to;
}
