/* Rows of one height of which only those in sight are elements: between two spacers, so that they
 * flow as any rows do. */
import { h, onceAFrame } from './dom.js';

const BEYOND = 12; /* rows kept on either side of what is seen */

/** @typedef {{count: number, render: (i: number) => HTMLElement}} Rows */
/** @typedef {{set: (rows: Rows) => void, show: (i: number, where?: 'near' | 'middle') => void,
 *   paint: () => void, height: () => number, onpaint: (() => void) | null}} Virtual */

/** @param {HTMLElement} scroller what scrolls @param {HTMLElement} body what the rows are put in
 * @param {number} guess height of a row, until one can be measured @returns {Virtual} */
export function virtualNew(scroller, body, guess) {
	const isTable = body.tagName === 'TBODY';
	const spacer = () => (isTable ? h('tr', { class: 'spacer', 'aria-hidden': 'true' }, h('td'))
		: h('div', { class: 'spacer', 'aria-hidden': 'true' }));
	const above = spacer(), below = spacer();
	/** @type {Map<number, HTMLElement>} */
	let shown = new Map();
	/** @type {Rows} */
	let rows = { count: 0, render: () => h('div') };
	let height = guess;
	body.replaceChildren(above, below);

	function paint() {
		if (!scroller.clientHeight) return;
		const top = body.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
		const from = Math.max(0, Math.floor(-top / height) - BEYOND);
		const to = Math.min(rows.count, Math.ceil((-top + scroller.clientHeight) / height) + BEYOND);
		/** @type {Map<number, HTMLElement>} */
		const next = new Map();
		for (let i = from; i < to; i++) next.set(i, shown.get(i) ?? rows.render(i));
		for (const [i, element] of shown) if (!next.has(i)) element.remove();
		let before = above;
		for (const element of next.values()) {
			if (before.nextSibling !== element) before.after(element);
			before = /** @type {any} */ (element);
		}
		shown = next;
		above.style.height = `${Math.min(from, rows.count) * height}px`;
		below.style.height = `${Math.max(0, rows.count - to) * height}px`;
		const first = shown.values().next().value;
		const measured = first?.getBoundingClientRect().height ?? 0;
		if (measured > 4 && Math.abs(measured - height) > 0.4) {
			height = measured;
			paint();
		}
		virtual.onpaint?.();
	}

	/** Which link of which row has the focus: rows are made anew under a reader's hands. */
	function focused() {
		const active = document.activeElement;
		if (!active || !body.contains(active)) return null;
		for (const [i, row] of shown)
			if (row.contains(active)) return { i, at: [...row.querySelectorAll('a, button')].indexOf(active), to: active.getAttribute('data-to') };
		return null;
	}

	/** @param {{i: number, at: number, to: string | null}} held */
	function focusAgain(held) {
		const links = held.to === null ? shown.get(held.i)?.querySelectorAll('a, button')[held.at]
			: [...body.querySelectorAll('[data-to]')].find((one) => one.getAttribute('data-to') === held.to);
		if (links instanceof HTMLElement) links.focus({ preventScroll: true });
	}

	const soon = onceAFrame(paint);
	scroller.addEventListener('scroll', soon, { passive: true });
	new ResizeObserver(soon).observe(scroller);

	/** @type {Virtual} */
	const virtual = {
		set(next) {
			rows = next;
			const held = focused();
			for (const element of shown.values()) element.remove();
			shown = new Map();
			paint();
			if (held) focusAgain(held);
		},
		show(i, where = 'near') {
			const top = scroller.scrollTop + body.getBoundingClientRect().top -
				scroller.getBoundingClientRect().top + i * height;
			const room = scroller.clientHeight;
			if (where === 'middle') scroller.scrollTop = top - room / 2;
			else if (top < scroller.scrollTop + height) scroller.scrollTop = top - height;
			else if (top + height * 2 > scroller.scrollTop + room) scroller.scrollTop = top - room + height * 2;
			paint();
		},
		paint,
		height: () => height,
		onpaint: null,
	};
	return virtual;
}
