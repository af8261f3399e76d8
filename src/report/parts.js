/* Pieces that several views share. */
import { h, inert } from './dom.js';
import { seconds } from './format.js';
import { openLink } from './results.js';
import { linkTo, linkToStage } from './route.js';
import { shape, STATES } from './states.js';

/** @typedef {import('./states.js').State} State */

/* From so many stages on, instances are shown as one to begin with. */
export const FOLD_FROM = 60;

/** @param {State} state */
export function stateBadge(state) {
	return h('span', { class: 'state' }, shape(state), ' ', STATES[state].word);
}

/** A stage's name, leading to its panel.
 * @param {string} name @param {State} [state] */
export function stageLink(name, state) {
	const link = h('a', { href: linkToStage(name), class: 'stage-link', 'data-to': name }, state ? shape(state) : null,
		state ? ' ' : null, h('bdi', null, name));
	/* which view is shown may have changed since the link was made */
	link.addEventListener('pointerenter', () => link.setAttribute('href', linkToStage(name)));
	link.addEventListener('focus', () => link.setAttribute('href', linkToStage(name)));
	return link;
}

/** A path, leading to its lineage. Its folder stands back, its name is never cut.
 * @param {string} path */
export function fileLink(path) {
	const cut = path.lastIndexOf('/') + 1;
	return h('a', { href: linkTo('files', { file: path }), class: 'path', title: path },
		h('bdi', null, h('span', { class: 'folder' }, path.slice(0, cut)), path.slice(cut)));
}

/** The link that opens a file, if a stage made it.
 * @param {import('./app.js').App} app @param {string} path */
export function madeLink(app, path) {
	const file = app.lineage().files.get(path);
	if (!file || file.maker === null || !file.row) return null;
	return openLink(app.model, { stage: app.model.stages[file.maker].name, file: file.row });
}

/** @param {string} label @param {unknown} value @param {string} [title] */
export function figure(label, value, title) {
	return h('div', { class: 'figure', title: title ?? null }, h('dt', null, label),
		h('dd', null, value instanceof Node ? value : String(value)));
}

/** @param {string} label @param {string} placeholder @param {(text: string) => void} oninput */
export function searchBox(label, placeholder, oninput) {
	const input = h('input', { type: 'search', 'aria-label': label, placeholder, autocomplete: 'off',
		spellcheck: 'false' });
	input.addEventListener('input', () => oninput(input.value));
	return input;
}

/** A button that is down or up.
 * @param {boolean} isDown @param {() => void} onclick @param {...import('./dom.js').Child} children */
export function toggle(isDown, onclick, ...children) {
	return h('button', { type: 'button', class: 'toggle', 'aria-pressed': String(isDown), onclick }, ...children);
}

/** @param {string} text */
export function empty(text) {
	return h('p', { class: 'empty' }, text);
}

/** A manifest's error or warning as text: {"message"} or a plain string.
 * @param {unknown} entry */
export function noteText(entry) {
	if (typeof entry === 'string') return entry;
	if (entry && typeof entry === 'object') {
		const { message, error, text, type } = /** @type {Record<string, unknown>} */ (entry);
		const main = message ?? text ?? error;
		if (typeof main === 'string') return typeof type === 'string' && type ? `${type}: ${main}` : main;
	}
	return JSON.stringify(entry) ?? '';
}

/** What a screen reader is told of a stage.
 * @param {string} name @param {State} state @param {number | null} took */
export function sayStage(name, state, took) {
	return inert(`${name}, ${STATES[state].word}${took === null ? '' : ', ' + seconds(took)}`);
}
