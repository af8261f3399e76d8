/* Lines of logs as text with the colours that they ask for. Of escape sequences those that set
 * colours and weight are followed, all others are left out; other controls show as signs. */
import { h } from './dom.js';

/* Colours (CSI ... m), then any other CSI, OSC and short escape. A final byte that never comes takes
 * nothing but the introducer. */
// eslint-disable-next-line no-control-regex
const ESCAPE = /(?:\u001b\[|\u009b)([0-9;:]*)m|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]/g;

/** @typedef {{bold: boolean, dim: boolean, italic: boolean, under: boolean, inverse: boolean,
 *   front: string | null, back: string | null}} Look */

/** @returns {Look} */
function plain() {
	return { bold: false, dim: false, italic: false, under: false, inverse: false, front: null, back: null };
}

/** The text alone.
 * @param {string} line */
export function withoutAnsi(line) {
	return line.includes('\u001b') || line.includes('\u009b') ? line.replace(ESCAPE, '') : line;
}

/** Colour n of the 256: a class of ours for the first 16, a value for the others.
 * @param {number} n */
function colour(n) {
	if (!(n >= 0 && n < 256)) return null;
	if (n < 16) return `var(--ansi-${n})`;
	if (n >= 232) return grey((n - 232) * 10 + 8);
	n -= 16;
	/** @param {number} i */
	const level = (i) => (i ? 55 + i * 40 : 0);
	return `rgb(${level(Math.floor(n / 36))} ${level(Math.floor(n / 6) % 6)} ${level(n % 6)})`;
}

/** @param {number} level */
function grey(level) {
	return `rgb(${level} ${level} ${level})`;
}

/** @param {Look} look @param {string} codes */
function change(look, codes) {
	const list = codes.split(/[;:]/).map(Number);
	for (let i = 0; i < list.length; i++) {
		const code = list[i];
		if (code === 0) Object.assign(look, plain());
		else if (code === 1) look.bold = true;
		else if (code === 2) look.dim = true;
		else if (code === 3) look.italic = true;
		else if (code === 4) look.under = true;
		else if (code === 7) look.inverse = true;
		else if (code === 22) look.bold = look.dim = false;
		else if (code === 23) look.italic = false;
		else if (code === 24) look.under = false;
		else if (code === 27) look.inverse = false;
		else if (code >= 30 && code <= 37) look.front = colour(code - 30);
		else if (code >= 90 && code <= 97) look.front = colour(code - 82);
		else if (code >= 40 && code <= 47) look.back = colour(code - 40);
		else if (code >= 100 && code <= 107) look.back = colour(code - 92);
		else if (code === 39) look.front = null;
		else if (code === 49) look.back = null;
		else if (code === 38 || code === 48) {
			let value = null;
			if (list[i + 1] === 5) {
				value = colour(list[i + 2]);
				i += 2;
			} else if (list[i + 1] === 2) {
				const rgb = list.slice(i + 2, i + 5);
				if (rgb.length === 3 && rgb.every((part) => part >= 0 && part < 256)) value = `rgb(${rgb.join(' ')})`;
				i += 4;
			}
			if (code === 38) look.front = value;
			else look.back = value;
		}
	}
}

/** @param {Look} look @param {string} text @returns {Node | string} */
function dress(look, text) {
	const names = [look.bold && 'b', look.dim && 'd', look.italic && 'i', look.under && 'u', look.inverse && 'v'].filter(Boolean);
	if (!names.length && !look.front && !look.back) return text;
	const span = h('span', { class: names.length ? names.map((name) => `a-${name}`).join(' ') : null }, text);
	if (look.front) span.style.color = look.front;
	if (look.back) span.style.backgroundColor = look.back;
	return span;
}

/** Nodes of a line; what `mark` finds is marked.
 * @param {string} line @param {RegExp | null} [mark] global @returns {(Node | string)[]} */
export function ansiNodes(line, mark = null) {
	/** @type {{look: Look, text: string}[]} */
	const parts = [];
	if (line.includes('\u001b') || line.includes('\u009b')) {
		const look = plain();
		let from = 0;
		for (const found of line.matchAll(ESCAPE)) {
			if (found.index > from) parts.push({ look: { ...look }, text: line.slice(from, found.index) });
			from = found.index + found[0].length;
			if (found[1] !== undefined) change(look, found[1]);
		}
		if (from < line.length) parts.push({ look, text: line.slice(from) });
	} else parts.push({ look: plain(), text: line });
	if (!mark) return parts.map(({ look, text }) => dress(look, text));
	return marked(parts, mark);
}

/** Nodes of a line and its end.
 * @param {string} line @returns {(Node | string)[]} */
export function ansiLine(line) {
	return [...ansiNodes(line), document.createTextNode('\n')];
}

/** A match may go over several parts: found in their text together, then cut at their borders.
 * @param {{look: Look, text: string}[]} parts @param {RegExp} mark */
function marked(parts, mark) {
	const text = parts.map((part) => part.text).join('');
	const finds = [...text.matchAll(mark)].filter((found) => found[0]).map((found) => [found.index, found.index + found[0].length]);
	/** @type {(Node | string)[]} */
	const nodes = [];
	let start = 0, find = 0;
	for (const part of parts) {
		const end = start + part.text.length;
		let at = start;
		while (at < end) {
			while (find < finds.length && finds[find][1] <= at) find++;
			const next = finds[find];
			const isIn = next && next[0] <= at;
			const to = Math.min(end, !next ? end : isIn ? next[1] : next[0]);
			const node = dress(part.look, text.slice(at, to));
			nodes.push(isIn ? h('mark', null, node) : node);
			at = to;
		}
		start = end;
	}
	return nodes;
}
