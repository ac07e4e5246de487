/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/journal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

/* The place in our source says nothing about a finding. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "util/library.h"
#include "util/units.h"
#include "util/utf8.h"
#include "views/finding_text.h"

#define FUNCTIONS(OF) OF(sd_journal_sendv)

/* Loaded by journal_open(). */
static struct {
	FUNCTIONS(LIBRARY_POINTER)
} systemd;

static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) NULL };

/* Where sd_journal_sendv() sends to; it says nothing when that is absent. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Of the entry that says that a finding, of whatever rule, is over. */
#define ENDED_ID "5436753328f546659fd0cca0e02f2632"

/**
 * struct message - a kind of entry
 * @rule: id of the rules whose findings it tells
 * @id: made once, at random, as systemd.journal-fields(7) asks
 */
static const struct message {
	const char *rule;
	const char *id;
} message_table[] = {
	{ "block-leak", "c8030931cf864013ab7e4e0ea6352c86" },
	{ "mapping-leak", "356d7a61fec04223b52fa4cdf658cb3b" },
	{ "unmap-twice", "7de1ed9be81649d592dd95c7cd725fcc" },
	{ "unmap-wrong-device", "b746964d0dba45ce901ef53bb74cca80" },
	{ "unmap-wrong-size", "83a655f43bad458c8c61911a247bb810" },
	{ "unreclaimed-blocks", "05f64b783756419b8e04840c99a98f49" },
	{ "list-errors", "ed9ee729a6a148718f0616899dd0fa9b" },
	{ "stale-pool", "df1b2a1e5c3f40018bea8390893004b2" },
	{ "audit-error", "d2b17cdd349a421691426e6b5758613b" },
	{ "used-drift", "a231fb7a0db24130bd2dff49c474c437" },
	{ "refusal-storm", "c5185cfedf5640caae3859b622c0b7ef" },
	{ "oversize-requests", "be6c21d449e144fa879af5949b94a92b" },
	{ "out-of-reach", "f6492aff66bc4b2abe397963dbaf63b1" },
	{ "pool-out-of-reach", "ac54ad5f6a8c4277885c76eb610906e4" },
	{ "wrong-kind-of-pool", "ff3af5d6b263473f963db55aa68b6e6c" },
	{ "no-pool", "ae891f6261a74d7ca6e3148e246863f0" },
	{ "disabled-pool", "81efb032188b4faa9ff82bf3a22c3d9f" },
	{ "misaligned-requests", "46360d4d5a1447ba97f7951abed217f6" },
	{ "fragmented-requests", "e31c7971174b4ea1bf1a60e2226126ee" },
	{ "exhausted-by-leak", "0db86090bb0845b7bae668740cb0b317" },
	{ "exhausted", "35343b72e93e4aca995a188434680d81" },
	{ "refused-before", "1daa8ed7bcf6411aaf4b6949c84bf425" },
	{ "never-synced", "a0601ba225db4ff7941186efcc41faf1" },
	{ "block-failed-with-room", "63cfe417945c4599b7280719fff338b5" },
	{ "block-failed", "169ada338c6f4748bf27efeabc9ce38f" },
	{ "contended-area", "c07c75bcb8674a81ad87a5f47a24387b" },
	{ "area-stolen", "53d0767c917b45e59bb70166a60211c5" },
	{ "pool-nearly-full", "8f3aea19582448779c50bce766ef4a12" },
	{ "bounce-cost", "2b92c95e7534442685fa735ab366824b" },
	{ "boot-ignored", "30511308234749a2b32fea33069b1e26" },
	{ "boot-reduced", "f1e2eeeac6da4f84b8650cc9a909f276" },
	{ "boot-rounded", "08705b7292d345998dd90c7ff3f72810" },
	{ "pool-grown", "46e51f268c704a1ebca79a9737d226f9" },
	{ "fragmented-area", "ad67b07d580b4738bf1775803dd88b25" },
	{ "crowded-area", "2cb1977e92ed4a60a5ef9450f2a313f5" },
	{ "oversized-pool", "686a2aa9601f4c0ea77dbba263decb63" },
	{ "mapping-growth", "2a3048a1ee1b4adaa1171ed9e2362717" },
	{ "not-attached", "32a89f49165d42b5a62aed596afaa38d" },
	{ "tracing-loss", "1e1e79058eec46489bdc9a3a9272eb64" },
};

/**
 * struct entry - the fields of an entry
 * @fields: each is "NAME=value", owned
 * @count: how many
 * @failed: there was no memory for one
 */
struct entry {
	struct iovec *fields;
	int count;
	bool failed;
};

bool journal_present(void)
{
	return !access(JOURNAL_SOCKET, W_OK);
}

int journal_open(void)
{
	return library_load(&library_systemd, names, &systemd);
}

const char *journal_message_id(const struct rule *rule)
{
	for (size_t i = 0; i < sizeof(message_table) / sizeof(*message_table);
	     i++)
		if (!strcmp(message_table[i].rule, rule->id))
			return message_table[i].id;
	return NULL;
}

static void keep(struct entry *entry, char *text)
{
	struct iovec *grown = reallocarray(
		entry->fields, (size_t)entry->count + 1, sizeof(*grown));

	if (!grown) {
		free(text);
		entry->failed = true;
		return;
	}
	entry->fields = grown;
	grown[entry->count++] = (struct iovec){
		.iov_base = text,
		.iov_len = strlen(text),
	};
}

/* Names of devices are the drivers': what is not printable becomes "?". */
static char *printable(const char *text)
{
	size_t size = strlen(text) + 1;
	char *clean = malloc(size);

	if (!clean)
		return NULL;
	utf8_clean(clean, size, text);
	for (char *c = clean; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	return clean;
}

__attribute__((format(printf, 2, 3))) static void add(struct entry *entry,
						      const char *format, ...)
{
	char *text = NULL, *clean = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		clean = printable(text);
	free(text);
	if (clean)
		keep(entry, clean);
	else
		entry->failed = true;
}

/* The name of a field: capital letters. */
static const char *capitals(const char *name, char *text, size_t len)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < len; i++)
		text[i] = (char)toupper((unsigned char)name[i]);
	text[i] = '\0';
	return text;
}

/* Whose a part is: a device's, but for waits and losses. */
static void add_part_of(struct entry *entry, const struct fact *part)
{
	if (!strcmp(part->name, "waits"))
		add(entry, "SWIOTLB_CPU=%zu", part->detail);
	else if (*part->text)
		add(entry, "SWIOTLB_%s=%s",
		    strcmp(part->name, "lost") ? "DEVICE" : "CAUSE",
		    part->text);
}

static void add_fact(struct entry *entry, const struct fact *fact)
{
	char name[64];

	capitals(fact->name, name, sizeof(name));
	if (fact->kind == FACT_PART)
		add_part_of(entry, fact);
	else if (fact->kind == FACT_WORD)
		add(entry, "SWIOTLB_%s=%s", name, fact->text);
	else
		add(entry, "SWIOTLB_%s=%" PRId64, name, fact->value);
}

static void add_finding(struct entry *entry, const struct episode_event *event)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_NOTICE };
	const struct finding *finding = event->finding;
	char text[FINDING_TEXT_LEN];

	add(entry, "MESSAGE=%s: %s", finding->rule->id,
	    finding_text(finding, event->snap, text));
	add(entry, "MESSAGE_ID=%s", journal_message_id(finding->rule));
	add(entry, "PRIORITY=%d", priorities[finding->severity]);
	add(entry, "SWIOTLB_ADVICE=%s",
	    finding_advice(finding, event->snap, text));
	for (size_t i = 0; i < finding->nr_evidence; i++)
		add_fact(entry, &finding->evidence[i]);
}

static void add_end(struct entry *entry, const struct episode *episode)
{
	uint64_t lasted_ns = episode->seen_ns - episode->began_ns;

	add(entry, "MESSAGE=%s%s%s: over, after %s", episode->rule->id,
	    *episode->subject ? " of " : "", episode->subject,
	    DURATION(lasted_ns));
	add(entry, "MESSAGE_ID=%s", ENDED_ID);
	add(entry, "PRIORITY=%d", LOG_INFO);
	add(entry, "SWIOTLB_LASTED=%" PRIu64, lasted_ns);
}

static void add_identity(struct entry *entry, const struct episode_event *event)
{
	static const char *const changes[] = { "begin", "worse", "end" };
	const struct episode *episode = event->episode;
	char about[32];

	add(entry, "SYSLOG_IDENTIFIER=swiotlb");
	add(entry, "SWIOTLB_FINDING=%s", episode->rule->id);
	add(entry, "SWIOTLB_SEVERITY=%s", severity_name(episode->severity));
	add(entry, "SWIOTLB_CHANGE=%s", changes[event->change]);
	if (*episode->subject)
		add(entry, "SWIOTLB_%s=%s",
		    capitals(about_name(episode->rule->about), about,
			     sizeof(about)),
		    episode->subject);
}

int journal_tell(const struct episode_event *event)
{
	struct entry entry = { 0 };
	int err = -ENOMEM;

	if (event->change == EPISODE_ENDED)
		add_end(&entry, event->episode);
	else
		add_finding(&entry, event);
	add_identity(&entry, event);
	if (!entry.failed)
		err = systemd.sd_journal_sendv(entry.fields, entry.count);
	for (int i = 0; i < entry.count; i++)
		free(entry.fields[i].iov_base);
	free(entry.fields);
	return err;
}
