#include "record/cache/url_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#define S3 "s3://"

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static const char *first_variable(const char *name, const char *other)
{
	const char *value = variable(name);

	return value ? value : variable(other);
}

/* The bucket is a part of the host's name at Amazon, unless it has a dot: certificates are for one
 * name; elsewhere it begins the path. */
static void add_bucket(struct buf *out, const char *bucket, size_t len, const char *region)
{
	const char *endpoint = first_variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");

	if (endpoint) {
		buf_str(out, endpoint);
		while (out->len && out->data[out->len - 1] == '/')
			out->data[--out->len] = '\0';
		buf_fmt(out, "/%.*s", (int)len, bucket);
	} else if (memchr(bucket, '.', len)) {
		buf_fmt(out, "https://s3.%s.amazonaws.com/%.*s", region, (int)len, bucket);
	} else {
		buf_fmt(out, "https://%.*s.s3.%s.amazonaws.com", (int)len, bucket, region);
	}
}

static int find_s3(struct url_place *place, struct buf *base, const char *url, struct err *err)
{
	const char *region = first_variable("AWS_REGION", "AWS_DEFAULT_REGION");
	const char *id = variable("AWS_ACCESS_KEY_ID"), *secret = variable("AWS_SECRET_ACCESS_KEY");
	const char *session = variable("AWS_SESSION_TOKEN"), *bucket = url + strlen(S3);
	size_t len = strcspn(bucket, "/");
	struct buf text = {0};

	if (!id || !secret)
		return err_set(err, EXIT_WORLD,
			"the cache at '%s' takes signed requests: set AWS_ACCESS_KEY_ID and "
			"AWS_SECRET_ACCESS_KEY, or go without it (--no-cache)",
			url);
	if (!region)
		region = "us-east-1";
	add_bucket(base, bucket, len, region);
	buf_str(base, bucket + len);
	buf_fmt(&text, "aws:amz:%s:s3", region);
	place->sign = buf_steal(&text);
	buf_fmt(&text, "%s:%s", id, secret);
	place->sign_key = buf_steal(&text);
	place->session = session ? mem_strdup(session) : NULL;
	return 0;
}

int url_place_find(struct url_place *place, const char *url, struct err *err)
{
	const char *authorization = variable("RESTAGE_CACHE_AUTHORIZATION");
	struct buf base = {0};
	int result = 0;

	*place = (struct url_place){0};
	if (text_starts(url, S3)) {
		result = find_s3(place, &base, url, err);
	} else {
		buf_str(&base, url);
		place->authorization = authorization ? mem_strdup(authorization) : NULL;
	}
	while (base.len && base.data[base.len - 1] == '/')
		base.data[--base.len] = '\0';
	place->base = buf_steal(&base);
	return result;
}

void url_place_free(struct url_place *place)
{
	free(place->base);
	free(place->authorization);
	free(place->sign_key);
	free(place->session);
	free(place->sign);
}
