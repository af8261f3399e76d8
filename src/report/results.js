/* Files that stages made: links that open them, and previews of those that a page can show.
 *
 * A page from disk opens them by their way from where it lies. It may show a picture, a sound or a
 * video beside itself, but not read a file. `serve` gives files that the manifests list. A file with
 * the attribute "report" is in the page itself, where it is not too large. Nothing of a file becomes
 * markup of this page: HTML is shown in a frame of its own, in which nothing runs. */
import { add, fill, h, lines } from './dom.js';
import { bytes, oneLine, plural } from './format.js';
import { successOf } from './model.js';
import { tableOf } from './table.js';

/** @typedef {import('./types.js').ManifestFile} ManifestFile */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {{stage: string, file: ManifestFile}} Result */
/** @typedef {'image' | 'audio' | 'video' | 'table' | 'json' | 'html' | 'text'} Kind */

const MOST_TEXT = 64 * 1024, MOST_ROWS = 50, MOST_AT_ONCE = 16 * 1024 * 1024, MOST_COLUMNS = 30;

/** @param {Model} model @param {ManifestFile} file */
function typeOf(model, file) {
	const name = file.path.slice(file.path.lastIndexOf('/') + 1), dot = name.lastIndexOf('.');
	const types = new Map(Object.entries(model.data.media_types ?? {}));
	return dot > 0 ? (types.get(name.slice(dot + 1).toLowerCase()) ?? '') : '';
}

/** @param {string} type @returns {Kind | null} */
function kindOf(type) {
	const found = /^(image|audio|video)\//.exec(type);
	if (found) return /** @type {Kind} */ (found[1]);
	if (/^text\/(csv|tab-separated-values)/.test(type)) return 'table';
	if (type === 'application/json') return 'json';
	if (type.startsWith('text/html')) return 'html';
	return type.startsWith('text/') ? 'text' : null;
}

/** A path as an address. Bytes that are no UTF-8 stand as U+EF80 to U+EFFF in JSON (see name.h).
 * @param {string} path */
function encodePath(path) {
	return [...path].map((c) => {
		const code = /** @type {number} */ (c.codePointAt(0));
		if (code >= 0xef80 && code <= 0xefff) return `%${(code - 0xef00).toString(16).toUpperCase()}`;
		if (code >= 0xd800 && code <= 0xdfff) return ''; /* half of a character: no file has that in its name */
		return c === '/' ? c : encodeURIComponent(c);
	}).join('');
}

/** The address of a result; null if this page leads to no files.
 * @param {Model} model @param {Result} result */
export function addressOf(model, { stage, file }) {
	const { live, root } = model.data;
	if (live?.file) return `${live.file}?stage=${encodeURIComponent(stage)}&path=${encodeURIComponent(file.path)}`;
	if (typeof root !== 'string') return null;
	return file.path.startsWith('/') ? `file://${encodePath(file.path)}` : `${encodePath(root)}/${encodePath(file.path)}`;
}

/** @param {Model} model @param {Result} result */
export function openLink(model, result) {
	const address = addressOf(model, result);
	return address && h('a', { class: 'open-file', href: address, target: '_blank', rel: 'noopener noreferrer', title: `open ${result.file.path}` },
		'open', h('span', { class: 'unseen' }, ` ${result.file.path.slice(result.file.path.lastIndexOf('/') + 1)}`));
}

/** What a stage made when it last succeeded, as far as the manifest lists it.
 * @param {import('./model.js').Stage} stage @returns {Result[]} */
export function resultsOf(stage) {
	return (successOf(stage)?.outputs ?? []).filter((file) => !file.missing).map((file) => ({ stage: stage.name, file }));
}

/** The file itself in base64, if it is part of the page.
 * @param {Model} model @param {Result} result */
function embeddedOf(model, { stage, file }) {
	return model.byName.get(stage)?.embedded.get(file.path);
}

/** @param {Result} result */
export function isCaptioned(result) {
	return typeof result.file.report === 'string';
}

/** May a preview be there before somebody asks for it? A page from disk shows only what it can show as
 * its own part.
 * @param {Model} model @param {Result} result @param {Kind | null} kind */
function isLight(model, { file }, kind) {
	return (file.size_bytes ?? Infinity) <= MOST_AT_ONCE && (model.isLive || kind === 'image' || kind === 'audio' || kind === 'video');
}

/** What was made for a place of the page, while the file is the same: the page is drawn anew with each
 * event of a run, and a sound must go on. @type {Map<string, {of: string, part: HTMLElement}>} */
const made = new Map();

/** The part of a result, as resultPart makes it.
 * @param {Model} model @param {Result} result @param {boolean} wanted @param {string} place in the page */
export function resultAt(model, result, wanted, place) {
	const key = `${place}\n${result.stage}\n${result.file.path}`, of = JSON.stringify([result.file, wanted]);
	const had = made.get(key);
	if (had?.of === of) return had.part;
	const part = resultPart(model, result, wanted);
	made.set(key, { of, part });
	return part;
}

/** A result with its name or caption, its link, and a preview: at once of one that belongs into the
 * report, or that is `wanted` and light, else when asked for.
 * @param {Model} model @param {Result} result @param {boolean} wanted @returns {HTMLElement} */
function resultPart(model, result, wanted) {
	const { file } = result, kind = kindOf(typeOf(model, file)), caption = isCaptioned(result) ? file.report : '';
	const isHere = embeddedOf(model, result) !== undefined, hasBytes = isHere || !!addressOf(model, result);
	const box = h('div', { class: 'preview' });
	const show = () => {
		if (kind) fill(box, preview(model, result, kind));
	};
	const isAtOnce = isHere || (!!caption && model.isLive) || (hasBytes && wanted && isLight(model, result, kind));
	const button = h('button', { type: 'button', class: 'toggle', 'aria-expanded': 'false' }, 'Preview');
	button.addEventListener('click', () => {
		const opens = !box.firstChild;
		button.setAttribute('aria-expanded', String(opens));
		if (opens) show();
		else box.replaceChildren();
	});
	if (hasBytes && isAtOnce) show();
	const cut = file.path.lastIndexOf('/') + 1;
	return h('figure', { class: 'result' },
		h('figcaption', null, h('b', null, caption || file.path.slice(cut)), ' ',
			h('span', { class: 'faint' }, [caption ? file.path.slice(cut) : '', bytes(file.size_bytes), ...metadataOf(file)].filter(Boolean).join(', ')), ' ',
			openLink(model, result), ' ', kind && hasBytes && !isAtOnce ? button : null,
			caption && kind && !isHere && !model.isLive ? h('span', { class: 'faint' }, ' not in this page: it is too large, or was not there') : null),
		box);
}

const OWN = new Set(['type', 'path', 'size_bytes', 'label', 'origin', 'checksum', 'mtime_ns', 'track', 'missing', 'executable',
	'changed_during_run', 'changed_by_stage', 'view', 'temporary', 'files', 'report']);

/** What was declared or reported of a file beyond what a manifest has of every one.
 * @param {import('./types.js').ManifestFile} file */
function metadataOf(file) {
	return Object.entries(file).filter(([name]) => !OWN.has(name)).slice(0, 12).map(([name, value]) => `${name} ${oneLine(value)}`);
}

/** @param {string} text */
function said(text) {
	return h('p', { class: 'faint' }, text);
}

/** @param {Model} model @param {Result} result @param {Kind} kind @returns {Node} */
function preview(model, result, kind) {
	const { file } = result, type = typeOf(model, file), name = `preview of ${file.path}`;
	const here = embeddedOf(model, result);
	const address = here !== undefined ? `data:${type};base64,${here}` : /** @type {string} */ (addressOf(model, result));
	/** @template {HTMLElement} T @param {T} element */
	const watched = (element) => {
		element.addEventListener('error', () => element.replaceWith(said('It cannot be shown: it is not where it was, or the browser does not know how to.')));
		return element;
	};
	switch (kind) {
	case 'image': return watched(h('img', { src: address, alt: isCaptioned(result) ? file.report : name, loading: 'lazy' }));
	case 'audio': return watched(h('audio', { src: address, controls: true, preload: 'metadata', 'aria-label': name }));
	case 'video': return watched(h('video', { src: address, controls: true, preload: 'metadata', 'aria-label': name }));
	default:
	}
	if (here !== undefined) return textPreview(decode(here), kind, name, type);
	if (kind === 'html') return frame(name, { src: address });
	if (model.isLive) {
		const box = h('div', null, said('\u2026'));
		void read(address).then((text) => fill(box, textPreview(text, kind, name, type)),
			() => fill(box, said('It cannot be read: it is not where it was.')));
		return box;
	}
	if (kind === 'table') return said('A page from disk may not read tables: open the file, or let output.\u2026.report put it into the page.');
	return frame(name, { src: address });
}

/** A document of its own, in which no script runs and no form is sent, and which can do nothing to this page.
 * @param {string} name @param {Record<string, string>} from */
function frame(name, from) {
	return h('iframe', { sandbox: '', referrerpolicy: 'no-referrer', loading: 'lazy', title: name, ...from });
}

/** @param {string} base64 */
function decode(base64) {
	try {
		return new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
	} catch {
		return '';
	}
}

/** The beginning of a file.
 * @param {string} address */
async function read(address) {
	const answer = await fetch(address, { headers: { range: `bytes=0-${4 * MOST_TEXT - 1}` } });
	if (!answer.ok) throw new Error(String(answer.status));
	return answer.text();
}

/** @param {string} text @param {Kind} kind @param {string} name @param {string} type */
function textPreview(text, kind, name, type) {
	if (kind === 'html') return frame(name, { srcdoc: text });
	if (kind === 'table') return table(tableOf(text, type.startsWith('text/tab') ? '\t' : ',', MOST_ROWS + 2), name);
	let shown = text;
	if (kind === 'json') {
		try {
			shown = JSON.stringify(JSON.parse(text), null, 2);
		} catch {
			/* torn, or none: as it is */
		}
	}
	const box = h('pre', { class: 'code', tabindex: '0', role: 'region', 'aria-label': name }, lines(shown.slice(0, MOST_TEXT)));
	if (shown.length > MOST_TEXT) add(box, h('span', { class: 'faint' }, '\u2026'));
	return box;
}

/** @param {string[][]} rows @param {string} name */
function table(rows, name) {
	const wide = rows.reduce((most, row) => Math.max(most, row.length), 0);
	const [head, ...rest] = rows;
	if (!head) return said('It is empty.');
	/** @param {string[]} row */
	const cells = (row) => row.slice(0, MOST_COLUMNS);
	return h('div', null,
		h('div', { class: 'sheet', tabindex: '0', role: 'region', 'aria-label': name }, h('table', null,
			h('thead', null, h('tr', null, cells(head).map((cell) => h('th', { scope: 'col' }, cell)))),
			h('tbody', null, rest.slice(0, MOST_ROWS).map((row) => h('tr', null, cells(row).map((cell) =>
				h('td', { class: cell !== '' && Number.isFinite(Number(cell)) ? 'num' : null }, cell))))))),
		rest.length > MOST_ROWS || wide > MOST_COLUMNS ? said(`The first ${plural(Math.min(MOST_ROWS, rest.length), 'row')}${
			wide > MOST_COLUMNS ? ` and ${MOST_COLUMNS} of ${wide} columns` : ''}.`) : null);
}
