/* Money, summed by currency: amounts in different ones have no sum. */

/** @param {unknown} value */
function isNumber(value) {
	return typeof value === 'number' && Number.isFinite(value);
}

/** @typedef {Record<string, number>} Costs sums by currency */

/** @param {Costs} sums @param {Costs | null} costs */
export function addCosts(sums, costs) {
	for (const [currency, cost] of Object.entries(costs ?? {}))
		if (isNumber(cost) && currency !== '__proto__') sums[currency] = (sums[currency] ?? 0) + cost;
}

/** @param {Costs} sums @returns {Costs | null} */
export function anyCosts(sums) {
	return Object.keys(sums).length ? sums : null;
}

/** What a manifest says of them: a list, or a sum.
 * @param {import('./types.js').Resources | undefined} use @returns {Costs | null} */
export function manifestCosts(use) {
	/** @type {Costs} */
	const sums = {}, { cost, costs, currency } = /** @type {Record<string, unknown>} */ (use ?? {});
	if (isNumber(cost)) addCosts(sums, { [typeof currency === 'string' ? currency : '']: /** @type {number} */ (cost) });
	else if (Array.isArray(costs))
		for (const one of costs) addCosts(sums, { [String(one?.currency ?? '')]: isNumber(one?.amount) ? one.amount : 0 });
	return anyCosts(sums);
}

/** Sums by currency of a line of a record that has them, or knows one currency only.
 * @param {import('./types.js').Line} line @returns {Costs | null} */
export function costsOf(line) {
	if (line.costs && typeof line.costs === 'object') return line.costs;
	return line.cost ? { [line.currency ?? '']: line.cost } : null;
}

