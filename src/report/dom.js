/* Elements from calls. Nothing here or elsewhere takes markup: what comes from outside becomes text
 * nodes and attribute values, and characters in it that would act are shown instead. */

/* Controls but tab, marks and overrides of direction, invisible joiners, line separators. */
const ACTING =
	// eslint-disable-next-line no-control-regex
	/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text without characters that act: each of them as its number.
 * @param {string} text */
export function inert(text) {
	return text.replace(ACTING, (c) => {
		const code = c.charCodeAt(0);
		if (code < 0x20) return String.fromCharCode(0x2400 + code);
		return '\u27e8' + code.toString(16).toUpperCase().padStart(4, '0') + '\u27e9';
	});
}

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, unknown>} Attributes */

/** @param {Element} element @param {Attributes} attributes */
function setAll(element, attributes) {
	for (const name of Object.keys(attributes)) {
		const value = attributes[name];
		if (value === null || value === undefined || value === false) continue;
		if (typeof value === 'function')
			element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
		else if (name.startsWith('--') || name === 'width%')
			/** @type {HTMLElement} */ (element).style.setProperty(
				name === 'width%' ? 'width' : name,
				name === 'width%' ? `${value}%` : String(value));
		else element.setAttribute(name, value === true ? '' : inert(String(value)));
	}
}

/** @param {Element} element @param {(Child | Child[])[]} children */
export function add(element, ...children) {
	for (const child of children.flat()) {
		if (child === null || child === undefined || child === false) continue;
		element.append(typeof child === 'object' ? child : inert(String(child)));
	}
	return element;
}

/** An element. Attributes that are functions, as onclick, become listeners.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Attributes | null} [attributes] @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]} */
export function h(tag, attributes, ...children) {
	const element = document.createElement(tag);
	if (attributes) setAll(element, attributes);
	add(element, ...children);
	return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The same for SVG.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag @param {Attributes | null} [attributes] @param {...(Child | Child[])} children
 * @returns {SVGElementTagNameMap[T]} */
export function s(tag, attributes, ...children) {
	const element = document.createElementNS(SVG, tag);
	if (attributes) setAll(element, attributes);
	add(element, ...children);
	return element;
}

/** Text of several lines, for an element that keeps their ends: everywhere else the end of a line is a
 * character that acts, and shown as a sign.
 * @param {string} text @returns {(Node | string)[]} */
export function lines(text) {
	return text.split('\n').flatMap((line, i) => (i ? [document.createTextNode('\n'), line] : [line]));
}

/** Replaces what is in an element.
 * @param {Element} element @param {...(Child | Child[])} children */
export function fill(element, ...children) {
	element.replaceChildren();
	return add(element, ...children);
}

/** Calls at most once a frame.
 * @param {() => void} action */
export function onceAFrame(action) {
	let waits = false;
	return () => {
		if (waits) return;
		waits = true;
		requestAnimationFrame(() => {
			waits = false;
			action();
		});
	};
}

/** Calls when nothing has asked for a while.
 * @param {() => void} action @param {number} ms */
export function later(action, ms) {
	let timer = 0;
	return () => {
		clearTimeout(timer);
		timer = setTimeout(action, ms);
	};
}
