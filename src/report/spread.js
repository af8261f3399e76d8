/* How long the instances of a section took: where most of them lie, and which stand out. */

/** Sorted numbers' quantile, between two of them in proportion.
 * @param {number[]} sorted @param {number} part from 0 to 1 */
function quantile(sorted, part) {
	const at = (sorted.length - 1) * part, low = Math.floor(at);
	return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}

/** @typedef {{least: number, low: number, median: number, high: number, most: number, limit: number}} Spread */

/** Quartiles, the ends, and the limit beyond which a value is slow: as in a box plot, one and a half
 * times the box above it; but never so close to the median that nobody would call it slow.
 * @param {number[]} values at least one @returns {Spread} */
export function spreadOf(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const low = quantile(sorted, 0.25), median = quantile(sorted, 0.5), high = quantile(sorted, 0.75);
	return { least: sorted[0], low, median, high, most: sorted[sorted.length - 1],
		limit: Math.max(high + 1.5 * (high - low), median * 1.25) };
}
