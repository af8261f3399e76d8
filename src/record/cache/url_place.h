/* Where a cache at a url is asked, and as whom. */
#ifndef RECORD_URL_PLACE_H
#define RECORD_URL_PLACE_H

struct err;

struct url_place {
	char *base; /* "https://host/path", without a slash at the end */
	/* secrets, and told nowhere; NULL: there is none */
	char *authorization, *sign_key, *session;
	char *sign; /* of requests that are signed: "aws:amz:REGION:s3" */
};

/* From the url and the environment. -1 with err: what is missing. */
int url_place_find(struct url_place *place, const char *url, struct err *err);
void url_place_free(struct url_place *place);

#endif
