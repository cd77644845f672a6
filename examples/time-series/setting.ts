/** The task: from two years of weeks, forecast half a year. Network and baselines share these numbers. */
import type { Cuts, Sizes } from './windows.ts';

/** So early, because the gaps of the record are early: this way each part has some. */
export const cuts: Cuts = { validationFrom: '1975-01-01', testFrom: '1980-01-01' };

/** Two years, because growth within a year shows only beside the year before. */
export const sizes: Sizes = { history: 104, horizon: 26 };
