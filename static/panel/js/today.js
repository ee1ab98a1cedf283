// What a queue has done since local midnight, as figures of its row. Pure.

/** Percent of those answered or lost who were answered within the queue's target; null where there were none. */
export function levelOf({ within_target_today: within, answered_today: answered, lost_today: lost }) {
  const ended = answered + lost;
  return ended === 0 ? null : Math.floor((100 * within) / ended);
}

/** Whether fewer than wanted were answered in time. */
export const isBelowTarget = (row) => (levelOf(row) ?? 100) < row.target_percent;

/** Seconds that those who were answered waited; null where nobody was. */
export const averageWait = (row) => (row.answered_today === 0 ? null : row.wait_total_today / row.answered_today);

/** Seconds that a talk took; null where none has ended. */
export const averageTalk = (row) => (row.talks_today === 0 ? null : row.talk_total_today / row.talks_today);
