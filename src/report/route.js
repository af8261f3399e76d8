/* Where the page is: the fragment of its address, "#view?name=value&...", so that every place in it
 * can be linked to, and the browser's way back works. */

/** @typedef {{view: string, at: URLSearchParams}} Route */

/** @returns {Route} */
export function routeNow() {
	const text = location.hash.slice(1);
	const mark = text.indexOf('?');
	return { view: mark < 0 ? text : text.slice(0, mark),
		at: new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1)) };
}

/** @param {string} view @param {Record<string, string | number | null | undefined>} [at] */
export function linkTo(view, at = {}) {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(at))
		if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
	const text = query.toString();
	return `#${view}${text ? '?' + text : ''}`;
}

/** A link to a stage's panel beside what is shown; the log has no room for one.
 * @param {string} stage */
export function linkToStage(stage) {
	const { view, at } = routeNow();
	return view === 'log' || !view ? linkTo('stages', { stage }) : linkTo(view, { ...Object.fromEntries(at), stage });
}
