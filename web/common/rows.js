/**
 * One row per message, and one before the first of each day.
 *
 * @template {{row: string, message: {at: number}}} R
 * @param {R[]} entries in the order in which they are shown
 * @returns {(R|{row: string, day: number})[]} row is the row's name, day a time in that day
 */
export function withDays(entries) {
  const rows = [];
  let [from, until] = [0, 0]; // the day of the row before: to ask for each one's day takes long
  for (const entry of entries) {
    const {at} = entry.message;
    if (at < from || at >= until) {
      const day = new Date(at);
      from = day.setHours(0, 0, 0, 0);
      rows.push({row: `day:${day.toDateString()}`, day: at});
      until = day.setDate(day.getDate() + 1);
    }
    rows.push(entry);
  }
  return rows;
}
