/* Moving about in a drawing: wheel and pinch zoom around the pointer, dragging moves, and the keys
 * + - 0 and the arrows do the same. */

/** @typedef {{x: number, y: number, k: number}} Place a point p is drawn at p * k + (x, y) */

/** @param {SVGSVGElement} svg @param {() => void} changed
 * @returns {{at: Place, fit: (width: number, height: number) => void, by: (factor: number) => void,
 *   centre: (x: number, y: number, k?: number) => void, wasMoved: () => boolean,
 *   isFitted: () => boolean, resized: () => void}} */
export function zoomable(svg, changed) {
	/** @type {Place} */
	const at = { x: 0, y: 0, k: 1 };
	/** @type {Map<number, {x: number, y: number}>} */
	const down = new Map();
	let moved = 0;
	let whole = { width: 1, height: 1 };
	let isFitted = false; /* nobody has moved since all of it was shown */

	/** @param {number} factor @param {number} px @param {number} py */
	function zoomAt(factor, px, py) {
		const k = Math.min(4, Math.max(0.01, at.k * factor));
		at.x = px - ((px - at.x) * k) / at.k;
		at.y = py - ((py - at.y) * k) / at.k;
		at.k = k;
		isFitted = false;
		changed();
	}

	/** @param {{clientX: number, clientY: number}} event */
	function local(event) {
		const box = svg.getBoundingClientRect();
		return { x: event.clientX - box.left, y: event.clientY - box.top };
	}

	svg.addEventListener('wheel', (event) => {
		event.preventDefault();
		const { x, y } = local(event);
		const step = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
		zoomAt(Math.exp(-step * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
	}, { passive: false });

	svg.addEventListener('pointerdown', (event) => {
		if (event.button) return;
		if (!down.size) moved = 0;
		down.set(event.pointerId, local(event));
	});
	svg.addEventListener('pointermove', (event) => {
		const was = down.get(event.pointerId);
		if (!was) return;
		const now = local(event);
		moved += Math.abs(now.x - was.x) + Math.abs(now.y - was.y);
		if (moved > 5 && !svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
		const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
		down.set(event.pointerId, now);
		if (other) {
			const before = Math.hypot(was.x - other.x, was.y - other.y);
			const after = Math.hypot(now.x - other.x, now.y - other.y);
			if (before > 8) zoomAt(after / before, (now.x + other.x) / 2, (now.y + other.y) / 2);
			return;
		}
		at.x += now.x - was.x;
		at.y += now.y - was.y;
		isFitted = false;
		changed();
	});
	for (const name of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture']))
		svg.addEventListener(name, (event) => down.delete(event.pointerId));

	svg.addEventListener('keydown', (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const step = 60, { width, height } = svg.getBoundingClientRect();
		if (event.key === '+' || event.key === '=') zoomAt(1.25, width / 2, height / 2);
		else if (event.key === '-') zoomAt(0.8, width / 2, height / 2);
		else if (event.key === '0') fit(whole.width, whole.height);
		else if (event.key === 'ArrowLeft') at.x += step;
		else if (event.key === 'ArrowRight') at.x -= step;
		else if (event.key === 'ArrowUp') at.y += step;
		else if (event.key === 'ArrowDown') at.y -= step;
		else return;
		if (event.key !== '0') isFitted = false;
		event.preventDefault();
		changed();
	});

	/** @param {number} width @param {number} height */
	function fit(width, height) {
		whole = { width, height };
		const box = svg.getBoundingClientRect(), margin = 20;
		if (!box.width) return;
		at.k = Math.min(1.15, Math.max(0.01, Math.min((box.width - 2 * margin) / width, (box.height - 2 * margin) / height)));
		at.x = (box.width - width * at.k) / 2;
		at.y = (box.height - height * at.k) / 2;
		isFitted = true;
		changed();
	}

	return {
		at,
		fit,
		by(factor) {
			const { width, height } = svg.getBoundingClientRect();
			zoomAt(factor, width / 2, height / 2);
		},
		centre(x, y, k) {
			const box = svg.getBoundingClientRect();
			if (k) at.k = k;
			at.x = box.width / 2 - x * at.k;
			at.y = box.height / 2 - y * at.k;
			isFitted = false;
			changed();
		},
		wasMoved: () => moved > 5,
		isFitted: () => isFitted,
		resized: () => (isFitted ? fit(whole.width, whole.height) : changed()),
	};
}
